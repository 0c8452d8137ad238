package dev.capstan.local.command;

import dev.capstan.local.evaluation.QuestionEvaluation;
import dev.capstan.model.CaptioningClip;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures a model on questions. */
@Command(
        name = "vqa",
        description = {
            "Measure a model's answers to the questions of VQA2 by VQA accuracy, with some numbers of examples before each.",
            "Examples are drawn from the --example files, or else from the questions themselves, never on the same picture."
        },
        mixinStandardHelpOptions = true)
final class ModelVqaCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Directory of the weights.")
    private Path directory = Path.of("");

    @Option(names = "--questions", required = true, paramLabel = "FILE", description = "Question file of VQA2.")
    private Path questions = Path.of("");

    @Option(names = "--answers", required = true, paramLabel = "FILE", description = "Annotation file of VQA2.")
    private Path answers = Path.of("");

    @Option(names = "--images", required = true, paramLabel = "DIR", description = "Where the pictures lie.")
    private Path images = Path.of("");

    @Option(
            names = "--shots",
            split = ",",
            paramLabel = "NUMBER",
            defaultValue = "0",
            description = "Examples before each question, each number a run: 0,1,2,4 as the paper has it (default: 0).")
    private List<Integer> shots = List.of(0);

    @Option(names = "--blind", description = "Repeat each run without pictures: what the language model guesses.")
    private boolean blind;

    @Option(names = "--example-questions", paramLabel = "FILE", description = "Question file that examples come from.")
    private Optional<Path> exampleQuestions = Optional.empty();

    @Option(names = "--example-answers", paramLabel = "FILE", description = "Annotation file that examples come from.")
    private Optional<Path> exampleAnswers = Optional.empty();

    @Option(
            names = "--example-images",
            paramLabel = "DIR",
            description = "Where the examples' pictures lie (default: where the others lie).")
    private Optional<Path> exampleImages = Optional.empty();

    @Option(names = "--seed", defaultValue = "0", description = "Of the draw of examples (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--prompt",
            defaultValue = "Q: {} A:",
            description = "Text in which {} stands for the question (default: ${DEFAULT-VALUE}).")
    private String prompt = "";

    @Option(
            names = "--answer-tokens",
            defaultValue = "8",
            description = "Most tokens of an answer (default: ${DEFAULT-VALUE}).")
    private int tokens;

    @Option(
            names = "--limit",
            defaultValue = "5000",
            description = "Most questions that are asked (default: ${DEFAULT-VALUE}).")
    private int limit;

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private QuestionEvaluation.Source examples(QuestionEvaluation.Source asked) {
        if (exampleQuestions.isPresent() != exampleAnswers.isPresent()) {
            throw new CommandException(ExitCodes.USAGE, "--example-questions and --example-answers go together");
        }
        return new QuestionEvaluation.Source(
                exampleQuestions.orElse(asked.questions()),
                exampleAnswers.orElse(asked.annotations()),
                exampleImages.orElse(asked.images()));
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        return ModelReport.inSentences(() -> {
            QuestionEvaluation.Source asked = new QuestionEvaluation.Source(questions, answers, images);
            QuestionEvaluation.Options options =
                    new QuestionEvaluation.Options(asked, examples(asked), shots, blind, prompt, tokens, limit, seed);
            try (CaptioningClip model = CaptioningClip.load(ModelReport.read(directory), device.get())) {
                new QuestionEvaluation(model, options, problem -> err.println("passed over: " + problem))
                        .run()
                        .forEach(result -> out.printf(
                                "VQA accuracy %.2f %% on %d questions, %d passed over, %d examples%s%n",
                                100 * result.accuracy(),
                                result.questions(),
                                result.passedOver(),
                                result.shots(),
                                result.blind() ? ", blind" : ""));
                return ExitCodes.OK;
            }
        });
    }
}
