package dev.capstan.local.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Works on directories of weights, without a cluster. */
@Command(
        name = "model",
        description = "Check, describe, train and measure a directory of weights.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ModelImportCommand.class,
            ModelShowCommand.class,
            ModelTrainCommand.class,
            ModelEvalCommand.class,
            ModelVqaCommand.class
        })
final class ModelCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Say what to do, for example: capstan model show DIR");
    }
}
