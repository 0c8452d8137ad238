package dev.capstan.local.command;

import dev.capstan.local.evaluation.LimberTraining;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.pretrained.LimberRow;
import dev.capstan.model.training.OptimiserOptions;
import dev.capstan.model.training.TrainingMode;
import dev.capstan.model.training.TrainingOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains the linear map of a model on pictures with captions that lie on the disk. */
@Command(
        name = "train",
        description = {
            "Train LiMBeR's linear map, and the image encoder with it if it is to be tuned, on pictures with captions.",
            "The optimiser is the paper's. The data are read in their order, again and again, until the steps are done."
        },
        mixinStandardHelpOptions = true)
final class ModelTrainCommand implements Callable<Integer> {
    private static final long MEBIBYTE = 1 << 20;

    @Parameters(paramLabel = "DIR", description = "Directory of the weights.")
    private Path directory = Path.of("");

    @Mixin
    private ExampleOptions examples = new ExampleOptions();

    @Option(names = "--output", required = true, paramLabel = "DIR", description = "Where the trained model goes.")
    private Path output = Path.of("");

    @Option(
            names = "--resume",
            description =
                    "Go on from what an earlier run left in --output, up to --steps in all; DIR is not read again.")
    private boolean resume;

    @Option(
            names = "--row",
            description = "A row of LiMBeR's table, one of ${COMPLETION-CANDIDATES}: whether the encoder is tuned "
                    + "(default: it is not).")
    private Optional<LimberRow> row = Optional.empty();

    @Option(
            names = "--steps",
            defaultValue = "" + LimberRow.PAPER_STEPS,
            description = "Steps in all (default: ${DEFAULT-VALUE}, the paper's).")
    private long steps;

    @Option(
            names = "--batch",
            defaultValue = "64",
            description = "Pairs of a step (default: ${DEFAULT-VALUE}; the paper's are " + LimberRow.PAPER_BATCH + ").")
    private int batch;

    @Option(
            names = "--learning-rate",
            description = "Of the linear map (default: the paper's 8e-4, which is for its large batches).")
    private Optional<Double> learningRate = Optional.empty();

    @Option(
            names = "--report-every",
            defaultValue = "50",
            description = "Steps between two lines on the loss (default: ${DEFAULT-VALUE}).")
    private int reportEvery;

    @Option(
            names = "--epoch",
            paramLabel = "PAIRS",
            description =
                    "Write model and state each time that about this many pairs were learnt from, so that a run that is "
                            + "broken off goes on from there with --resume (default: at the end only).")
    private Optional<Long> epoch = Optional.empty();

    @Option(
            names = "--feature-cache",
            paramLabel = "DIR",
            description =
                    "Compute what a frozen image encoder makes of a picture once, and keep it in this directory, a file an "
                            + "encoder, for later epochs and runs.")
    private Optional<Path> featureCache = Optional.empty();

    @Option(
            names = "--feature-cache-limit",
            paramLabel = "MIB",
            defaultValue = "2048",
            description = "Size of such a file past which nothing more is kept (default: ${DEFAULT-VALUE}).")
    private long featureCacheLimit;

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        if (featureCacheLimit < 1 || (epoch.isPresent() && epoch.get() < 1)) {
            throw new CommandException(ExitCodes.USAGE, "--epoch and --feature-cache-limit must be positive");
        }
        Path data = examples.data();
        ModelBundle bundle = ModelReport.read(resume ? output : directory);
        return ModelReport.inSentences(() -> {
            row.ifPresent(chosen -> chosen.requireKind(bundle.architecture().image()));
            LimberTraining.Options options = new LimberTraining.Options(
                    data,
                    examples.format(),
                    examples.images(),
                    output,
                    batch,
                    steps,
                    epoch.map(pairs -> Math.max(1, pairs / Math.max(1, batch))).orElse(steps),
                    reportEvery,
                    featureCache.map(directory -> new LimberTraining.Kept(directory, featureCacheLimit * MEBIBYTE)),
                    training(),
                    device.get());
            long read = new LimberTraining(
                            options,
                            problem -> err.println("passed over: " + problem),
                            (step, loss) -> out.printf("step %d: loss %.4f a token%n", step, loss))
                    .run(bundle, resume);
            out.printf("%d examples read; written to %s%n", read, output);
            return ExitCodes.OK;
        });
    }

    private TrainingOptions training() {
        TrainingOptions paper =
                row.map(LimberRow::training).orElseGet(() -> TrainingOptions.limber(TrainingMode.LIMBER));
        if (learningRate.isEmpty()) {
            return paper;
        }
        OptimiserOptions map = paper.projection();
        OptimiserOptions rated = new OptimiserOptions(
                learningRate.get(),
                map.warmupSteps(),
                map.totalSteps(),
                map.finalShare(),
                map.beta1(),
                map.beta2(),
                map.epsilon(),
                map.weightDecay(),
                map.gradientClip());
        return new TrainingOptions(
                paper.mode(), paper.contrastive(), rated, paper.captionShare(), paper.averageDecay());
    }
}
