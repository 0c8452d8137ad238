package dev.capstan.local.command;

import dev.capstan.testing.KafkaExtension;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * A command line that was run in this JVM.
 *
 * @param code its exit code
 * @param out what it printed
 * @param err what it complained of
 */
record CommandRun(int code, String out, String err) {
    /** Against the cluster and the registry of a test. */
    static CommandRun onCluster(KafkaExtension kafka, String... arguments) {
        return of(Stream.concat(
                        Stream.of(arguments),
                        Stream.of("--bootstrap-servers", kafka.bootstrapServers(), "--registry", kafka.registryUrl()))
                .toArray(String[]::new));
    }

    static CommandRun of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = CapstanCommand.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        commandLine.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        int code = commandLine.execute(arguments);
        return new CommandRun(code, out.toString(), err.toString());
    }
}
