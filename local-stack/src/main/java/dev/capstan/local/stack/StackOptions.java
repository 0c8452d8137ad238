package dev.capstan.local.stack;

import dev.capstan.platform.KafkaSettings;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a stack should be.
 *
 * @param name the run's name
 * @param directory the run's directory: broker data, service state, logs
 * @param existing the cluster and registry to work against, or empty to run both here
 * @param brokerPort port of the broker, 0 for any
 * @param registryPort port of the registry, 0 for any
 * @param withServices whether ingest, trainer and inference run beside broker and registry
 * @param withFetch whether located pairs are fetched: a process that a stack whose pairs arrive with their images can do
 *     without
 * @param withConsole whether the console runs beside the services
 * @param baseWeights directory of weights that the trainer imports where the log is empty
 * @param environment variables for the services, in addition to what the stack sets; what this process's own
 *     environment says wins
 * @param beforeServices runs once topics and schemas are there, before any service starts
 */
public record StackOptions(
        String name,
        Path directory,
        Optional<KafkaSettings> existing,
        int brokerPort,
        int registryPort,
        boolean withServices,
        boolean withFetch,
        boolean withConsole,
        Optional<Path> baseWeights,
        Map<String, String> environment,
        Consumer<KafkaSettings> beforeServices) {
    public StackOptions {
        environment = Map.copyOf(environment);
        if (existing.isPresent() && !withServices) {
            throw new IllegalArgumentException(
                    "nothing to run: cluster and registry exist, and no services are wanted");
        }
    }

    /** Broker and registry of a run that is kept: its topics can be read again. */
    public static StackOptions infrastructure(String name, Path directory) {
        return new StackOptions(
                name,
                directory,
                Optional.empty(),
                0,
                0,
                false,
                false,
                false,
                Optional.empty(),
                Map.of(),
                settings -> {});
    }

    Path logs() {
        return directory.resolve("logs");
    }
}
