package dev.capstan.local.command;

import dev.capstan.local.stack.StackHome;
import dev.capstan.local.stack.StackState;
import dev.capstan.platform.KafkaSettings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which cluster and registry a command works against. */
final class ClusterOptions {
    @Option(
            names = "--bootstrap-servers",
            paramLabel = "HOST:PORT,...",
            description = "Kafka cluster to work against (default: the stack that capstan up or demo runs).")
    private @Nullable String bootstrapServers;

    @Option(
            names = "--registry",
            paramLabel = "URL",
            description = "Schema registry of that cluster, for example http://127.0.0.1:8081.")
    private @Nullable String registry;

    @Option(
            names = "--kafka",
            paramLabel = "KEY=VALUE",
            description = "Further property of every Kafka and registry client; may be repeated.")
    private Map<String, String> properties = new LinkedHashMap<>();

    /** What the command line names, if it names a cluster. */
    Optional<KafkaSettings> given() {
        if (bootstrapServers == null && registry == null) {
            if (!properties.isEmpty()) {
                throw new CommandException(
                        ExitCodes.USAGE, "--kafka belongs to a cluster that exists: give --bootstrap-servers too");
            }
            return Optional.empty();
        }
        if (bootstrapServers == null || registry == null) {
            throw new CommandException(
                    ExitCodes.USAGE, "Give both --bootstrap-servers and --registry, or neither for the local stack");
        }
        return Optional.of(new KafkaSettings(bootstrapServers, registry, properties));
    }

    /** What the command line names, or the stack that runs. */
    KafkaSettings require() {
        return given().or(() -> StackHome.locate()
                        .runningStack()
                        .filter(state -> !state.bootstrapServers().isEmpty())
                        .map(StackState::settings))
                .orElseThrow(() -> new CommandException(
                        ExitCodes.NO_STACK,
                        "No stack runs: start one with ./capstan up (or ./capstan demo), or name a cluster with "
                                + "--bootstrap-servers and --registry"));
    }
}
