package dev.capstan.local.command;

import dev.capstan.local.audit.AuditException;
import dev.capstan.local.curation.CurationException;
import dev.capstan.local.demo.DemoException;
import dev.capstan.local.stack.StackException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The top-level command. */
@Command(
        name = "capstan",
        description = "Live captions and zero-shot labels from a Kafka stream, by models that keep training on it.",
        mixinStandardHelpOptions = true,
        version = "capstan 0.1.0",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            UpCommand.class,
            DownCommand.class,
            StatusCommand.class,
            FeedCommand.class,
            ClassifyCommand.class,
            CaptionCommand.class,
            CheckpointsCommand.class,
            RejectedCommand.class,
            TakedownCommand.class,
            ReplayCommand.class,
            CurateCommand.class,
            AuditCommand.class,
            ProvisionCommand.class,
            BaseWeightsCommand.class,
            ModelCommand.class,
            HelpCommand.class
        })
public final class CapstanCommand implements Runnable {
    private static final String DEBUG_PROPERTY = "capstan.debug";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Say what to do, for example: capstan demo");
    }

    /** Runs a command line and returns its exit code. */
    public static int run(String... arguments) {
        return commandLine().execute(arguments);
    }

    /** The parser with all commands, for tests too. */
    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new CapstanCommand());
        commandLine.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        commandLine.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setUsageHelpAutoWidth(false);
        commandLine.setExecutionExceptionHandler((failure, failed, parsed) -> report(failure, failed));
        describeExitCodes(commandLine);
        return commandLine;
    }

    private static void describeExitCodes(CommandLine commandLine) {
        CommandSpec command = commandLine.getCommandSpec();
        command.exitCodeOnInvalidInput(ExitCodes.USAGE);
        command.exitCodeOnExecutionException(ExitCodes.FAILED);
        command.usageMessage().exitCodeListHeading("%nExit codes:%n").exitCodeList(ExitCodes.meanings());
        commandLine.getSubcommands().values().forEach(CapstanCommand::describeExitCodes);
    }

    private static int report(Exception failure, CommandLine failed) {
        if (Boolean.getBoolean(DEBUG_PROPERTY)) {
            failure.printStackTrace(failed.getErr());
        }
        failed.getErr().println(failed.getColorScheme().errorText("capstan: " + message(failure)));
        if (failure instanceof CommandException known) {
            return known.exitCode();
        }
        return ExitCodes.FAILED;
    }

    private static String message(Exception failure) {
        if (failure instanceof CommandException
                || failure instanceof StackException
                || failure instanceof DemoException
                || failure instanceof AuditException
                || failure instanceof CurationException) {
            return String.valueOf(failure.getMessage());
        }
        if (failure instanceof KafkaException) {
            return "Kafka: " + failure.getMessage();
        }
        return failure + " (set CAPSTAN_DEBUG=1 to see where)";
    }
}
