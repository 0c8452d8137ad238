package dev.capstan.local.command;

import dev.capstan.corpora.EmojiPackages;
import dev.capstan.corpora.SampleCorpus;
import dev.capstan.local.baseweights.BaseWeights;
import dev.capstan.local.baseweights.BaseWeightsPlan;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains the demo's base weights. */
@Command(
        name = "base-weights",
        description = {
            "Train the demo's base weights again: vocabulary, encoders, language model, linear map.",
            "Takes the better part of an hour on two cores. A run that was stopped goes on at its last stage."
        },
        mixinStandardHelpOptions = true)
final class BaseWeightsCommand implements Callable<Integer> {
    /** Which part of the work to do. */
    enum Stage {
        ALL,
        ENCODERS,
        LANGUAGE_MODEL
    }

    @Option(
            names = "--output",
            paramLabel = "DIR",
            defaultValue = "demo/base-model",
            description = "Where the finished model goes (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("");

    @Option(
            names = "--work",
            paramLabel = "DIR",
            defaultValue = ".capstan/base-weights",
            description = "Where the stages leave what they made (default: ${DEFAULT-VALUE}).")
    private Path work = Path.of("");

    @Option(
            names = "--stage",
            defaultValue = "ALL",
            description =
                    "One of ${COMPLETION-CANDIDATES}: encoders and language-model may run side by side before all.")
    private Stage stage = Stage.ALL;

    @Option(
            names = "--share",
            defaultValue = "1",
            description = "Share of the committed weights' training length, for trying out.")
    private double share;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        SampleCorpus corpus = SampleCorpus.emojiOrShapes(
                new EmojiPackages(EmojiPackages.directoryIn(Path.of("").toAbsolutePath())), out::println);
        if (corpus.fallback().isPresent()) {
            throw new CommandException(ExitCodes.FAILED, corpus.fallback().get());
        }
        BaseWeights weights = new BaseWeights(BaseWeightsPlan.committed().scaled(share), corpus, work, out::println);
        switch (stage) {
            case ENCODERS -> {
                weights.encoders();
                weights.fineEncoders();
            }
            case LANGUAGE_MODEL -> weights.languageModel();
            case ALL -> weights.run(output);
        }
        return ExitCodes.OK;
    }
}
