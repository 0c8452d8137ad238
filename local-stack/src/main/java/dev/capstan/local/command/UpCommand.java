package dev.capstan.local.command;

import dev.capstan.local.stack.LocalStack;
import dev.capstan.local.stack.StackHome;
import dev.capstan.local.stack.StackOptions;
import dev.capstan.platform.KafkaSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the stack in the foreground until Ctrl-C or {@code capstan down}. */
@Command(
        name = "up",
        description =
                "Run broker, registry, ingest, fetch, trainer, inference and the console on this machine until Ctrl-C or capstan down.",
        footer = {
            "",
            "With --bootstrap-servers and --registry only the services and the console run here, against that cluster.",
            "Topics and weights are kept in .capstan/NAME and are there again at the next start."
        },
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "stack",
            description = "Name of the run (default: ${DEFAULT-VALUE}).")
    private String name = "stack";

    @Option(
            names = "--broker-port",
            paramLabel = "PORT",
            defaultValue = "0",
            description = "Port of the broker (default: a free one).")
    private int brokerPort;

    @Option(
            names = "--registry-port",
            paramLabel = "PORT",
            defaultValue = "0",
            description = "Port of the registry (default: a free one).")
    private int registryPort;

    @Option(names = "--infrastructure-only", description = "Run broker and registry without the services.")
    private boolean infrastructureOnly;

    @Option(names = "--no-fetch", description = "Run without fetch: located pairs stay where they are.")
    private boolean noFetch;

    @Option(names = "--no-console", description = "Run without the console's page.")
    private boolean noConsole;

    @Option(
            names = "--base-weights",
            paramLabel = "DIR",
            description = "Weights that the trainer imports where the log is empty (default: demo/base-model of the "
                    + "project, if it is there).")
    private @Nullable Path baseWeights;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        StackHome home = StackHome.locate();
        Optional<KafkaSettings> existing = cluster.given();
        StackOptions options = new StackOptions(
                name,
                home.run(name),
                existing,
                brokerPort,
                registryPort,
                !infrastructureOnly,
                !noFetch,
                !noConsole,
                baseWeights(),
                Map.of(),
                settings -> {});
        try (LocalStack stack = LocalStack.start(home, options, out::println)) {
            StopSignals.onSignal(stack::close);
            stack.awaitReady();
            out.println("Ready. Broker " + stack.settings().bootstrapServers() + ", registry "
                    + stack.settings().registryUrl() + ". Ctrl-C stops everything.");
            stack.page().ifPresent(page -> out.println("The page is at " + page));
            stack.awaitEnd();
        }
        return ExitCodes.OK;
    }

    private Optional<Path> baseWeights() throws IOException {
        if (baseWeights != null) {
            // What the trainer could not import is said here, before anything starts.
            ModelReport.requireReadable(baseWeights);
            return Optional.of(baseWeights.toAbsolutePath());
        }
        return Optional.of(ProjectPaths.baseWeights()).filter(Files::isDirectory);
    }
}
