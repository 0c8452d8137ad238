package dev.capstan.local.command;

import dev.capstan.local.evaluation.Evaluation;
import dev.capstan.local.evaluation.EvaluationOptions;
import dev.capstan.local.evaluation.EvaluationReport;
import dev.capstan.local.evaluation.EvaluationTask;
import dev.capstan.local.evaluation.PictureShift;
import dev.capstan.model.CaptioningClip;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures a model on pictures with texts. */
@Command(
        name = "eval",
        description = {
            "Measure a model on pictures: zero-shot accuracy, a linear probe, retrieval recall, captions by CIDEr-D, BLEU-4 and "
                    + "CLIPScore.",
            "Without templates a class is put into \"a photo of a {}.\".",
            "A directory has a .txt file, one caption a line, beside each picture; its sub-directories are classes."
        },
        mixinStandardHelpOptions = true)
final class ModelEvalCommand implements Callable<Integer> {
    private static final String PLAIN = "a photo of a {}.";

    @Parameters(paramLabel = "DIR", description = "Directory of the weights.")
    private Path directory = Path.of("");

    @Mixin
    private ExampleOptions examples = new ExampleOptions();

    @Option(
            names = "--tasks",
            split = ",",
            description = "Some of ${COMPLETION-CANDIDATES} (default: all that the data allows, but for the probe).")
    private List<EvaluationTask> tasks = List.of();

    @Option(
            names = "--labels",
            split = ",",
            paramLabel = "LABEL",
            description = "Classes of the zero-shot task (default: those of the data).")
    private List<String> labels = List.of();

    @Mixin
    private TemplateOptions templates = new TemplateOptions();

    @Option(
            names = "--probe-training",
            paramLabel = "PATH",
            description =
                    "What the linear probe learns from, in the format of --data (default: four fifths of each class of "
                            + "the data, measured on the rest).")
    private Optional<Path> probeTraining = Optional.empty();

    @Option(
            names = "--limit",
            defaultValue = "5000",
            description = "Most pictures that are measured (default: ${DEFAULT-VALUE}).")
    private int limit;

    @Option(
            names = "--shift",
            defaultValue = "NONE",
            description = "Change every picture first, one of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private PictureShift shift = PictureShift.NONE;

    @Option(
            names = "--caption-tokens",
            defaultValue = "24",
            description = "Most tokens of a caption (default: ${DEFAULT-VALUE}).")
    private int captionTokens;

    @Option(
            names = "--word-categories",
            paramLabel = "FILE",
            description =
                    "Kinds of words whose recall in captions is measured, a line each: name, colon, words (default: a "
                            + "list that comes with Capstan).")
    private Optional<Path> wordCategories = Optional.empty();

    @Option(
            names = "--frequencies",
            paramLabel = "FILE",
            description = "Frozen document frequencies for CIDEr-D (default: those of the data).")
    private Optional<Path> frequencies = Optional.empty();

    @Option(
            names = "--captions",
            paramLabel = "FILE",
            description = "Write every picture's caption and references, a JSON object a line.")
    private Optional<Path> captions = Optional.empty();

    @Option(names = "--report", paramLabel = "FILE", description = "Write the figures as JSON too.")
    private Optional<Path> report = Optional.empty();

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Path data = examples.data();
        if (limit < 1 || captionTokens < 1) {
            throw new CommandException(
                    ExitCodes.USAGE,
                    "--limit " + limit + " and --caption-tokens " + captionTokens + " must be positive");
        }
        if (probeTraining.isPresent() && !Files.exists(probeTraining.get())) {
            throw new CommandException(ExitCodes.USAGE, "There is no " + probeTraining.get());
        }
        EvaluationOptions options = new EvaluationOptions(
                data,
                examples.format(),
                examples.images(),
                probeTraining,
                tasks(),
                limit,
                labels,
                templates.chosen().orElse(List.of(PLAIN)),
                captionTokens,
                shift,
                wordCategories,
                captions,
                frequencies);
        EvaluationReport figures = measure(options, problem -> err.println("passed over: " + problem));
        print(figures, out);
        if (report.isPresent()) {
            Files.writeString(report.get(), figures.toJson());
        }
        return ExitCodes.OK;
    }

    /** The probe costs a fit of many classifiers: it is asked for, by its name or by what it learns from. */
    private Set<EvaluationTask> tasks() {
        Set<EvaluationTask> wanted = EnumSet.allOf(EvaluationTask.class);
        if (!tasks.isEmpty()) {
            wanted.retainAll(tasks);
        } else if (probeTraining.isEmpty()) {
            wanted.remove(EvaluationTask.PROBE);
        }
        return wanted;
    }

    private EvaluationReport measure(EvaluationOptions options, Consumer<String> problems) throws IOException {
        return ModelReport.inSentences(() -> {
            try (CaptioningClip model = CaptioningClip.load(ModelReport.read(directory), device.get())) {
                return new Evaluation(model, options, problems).run();
            }
        });
    }

    private static void print(EvaluationReport figures, PrintWriter out) {
        out.printf("%d pictures measured, %d passed over%n", figures.pictures(), figures.passedOver());
        figures.zeroShot()
                .ifPresent(zero -> out.printf(
                        "zero-shot: top-1 %.1f %%, top-5 %.1f %% of %d pictures in %d classes%n",
                        100 * zero.top1(), 100 * zero.top5(), zero.pictures(), zero.classes()));
        figures.probe()
                .ifPresent(probe -> out.printf(
                        "linear probe: top-1 %.1f %% of %d pictures in %d classes, learnt from %d, penalty %.3g, validation "
                                + "%.1f %%%n",
                        100 * probe.top1(),
                        probe.pictures(),
                        probe.classes(),
                        probe.trained(),
                        probe.penalty(),
                        100 * probe.validation()));
        figures.retrieval()
                .ifPresent(recall -> out.printf(
                        "retrieval: %d pictures, %d texts; picture to text R@1 %.1f %%, R@5 %.1f %%, R@10 %.1f %%; text to "
                                + "picture R@1 %.1f %%, R@5 %.1f %%, R@10 %.1f %%%n",
                        recall.pictures(),
                        recall.texts(),
                        100 * recall.imageToText1(),
                        100 * recall.imageToText5(),
                        100 * recall.imageToText10(),
                        100 * recall.textToImage1(),
                        100 * recall.textToImage5(),
                        100 * recall.textToImage10()));
        figures.captions()
                .ifPresent(captions -> out.printf(
                        "captions: CIDEr-D %.4f, BLEU-4 %.4f, CLIPScore %.4f, RefCLIPScore %.4f on %d pictures%n",
                        captions.ciderD(),
                        captions.bleu4(),
                        captions.clipScore(),
                        captions.refClipScore(),
                        captions.pictures()));
        figures.captions()
                .ifPresent(captions -> captions.words()
                        .forEach((category, score) -> out.printf(
                                "  %s: captions have %.1f %% of the %d words%s%n",
                                category,
                                100 * score.recall(),
                                score.words(),
                                score.precision()
                                        .map(share -> String.format(", %.1f %% of theirs are right", 100 * share))
                                        .orElse(", and none of their own"))));
    }
}
