package dev.capstan.local.command;

import dev.capstan.local.demo.Demo;
import dev.capstan.local.demo.DemoOptions;
import dev.capstan.local.demo.DemoScreen;
import dev.capstan.local.stack.LocalStack;
import dev.capstan.local.stack.StackHome;
import dev.capstan.local.stack.StackOptions;
import dev.capstan.platform.Durations;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the demo. */
@Command(
        name = "demo",
        description = {
            "Run everything on this machine, stream pictures with texts, and watch the models learn.",
            "The base weights have never seen the new concepts (animals) that begin to arrive. After each reload, pictures "
                    + "of a vendor that is never trained on are asked about."
        },
        footer = {
            "",
            "The topics of the last demo are kept in .capstan/demo until the next one, so that capstan audit can read them.",
            "Ctrl-C stops everything in order; there is no report then."
        },
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    private static final String RUN = "demo";

    @Mixin
    private final ClusterOptions cluster = new ClusterOptions();

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "Stream so long, from the first pair on, for example 90s or 5m (default: until Ctrl-C).")
    private Duration duration = Duration.ZERO;

    @Option(names = "--report", paramLabel = "FILE", description = "Write the figures of the run as JSON.")
    private @Nullable Path report;

    @Option(
            names = "--seed",
            paramLabel = "NUMBER",
            defaultValue = "1",
            description = "The same seed streams the same pairs (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--keep", description = "Keep this run's topics and logs when the next demo starts.")
    private boolean keep;

    @Option(names = "--shapes", description = "Stream generated shapes instead of emoji; needs no npm.")
    private boolean shapes;

    @Option(
            names = "--base-weights",
            paramLabel = "DIR",
            description = "Weights to start from (default: demo/base-model of the project).")
    private @Nullable Path baseWeights;

    @Option(
            names = "--rate",
            paramLabel = "PAIRS",
            defaultValue = "600",
            description =
                    "Most pairs a second; the feed slows down by itself when the trainer lags (default: ${DEFAULT-VALUE}).")
    private double rate;

    @Option(
            names = "--new-share",
            paramLabel = "SHARE",
            defaultValue = "0.7",
            description = "Share of the new concepts in the stream once they arrive (default: ${DEFAULT-VALUE}).")
    private double newShare;

    @Option(
            names = "--dirt",
            paramLabel = "SHARE",
            defaultValue = "0.03",
            description =
                    "Share of broken files, junk texts and duplicates, as a crawl has (default: ${DEFAULT-VALUE}).")
    private double dirt;

    @Option(
            names = "--load",
            paramLabel = "REQUESTS",
            defaultValue = "2",
            description = "Steady requests a second beside the probes (default: ${DEFAULT-VALUE}).")
    private double load;

    @Option(
            names = "--probe-every",
            paramLabel = "TIME",
            defaultValue = "20s",
            converter = DurationConverter.class,
            description = "Shortest time between two rounds of probes (default: ${DEFAULT-VALUE}).")
    private Duration probeEvery = Duration.ofSeconds(20);

    @Option(names = "--no-console", description = "Run without the console's page.")
    private boolean noConsole;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** Durations as the services' configuration writes them. */
    static final class DurationConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return Durations.parse(text);
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        StackHome home = StackHome.locate();
        String name = keep ? home.freeName(RUN) : RUN;
        DemoOptions options = new DemoOptions(
                duration,
                Optional.ofNullable(report),
                seed,
                shapes,
                ProjectPaths.packages(),
                baseWeights == null ? ProjectPaths.baseWeights() : baseWeights.toAbsolutePath(),
                rate,
                newShare,
                dirt,
                load,
                probeEvery);
        DemoScreen screen = DemoScreen.of(out, TerminalSettings.isTerminal(), TerminalSettings.columns());
        AtomicReference<LocalStack> running = new AtomicReference<>();
        AtomicReference<Demo> started = new AtomicReference<>();
        Demo demo = new Demo(
                options,
                needs -> {
                    LocalStack stack = start(home, name, options, needs, started);
                    running.set(stack);
                    return stack;
                },
                screen,
                Clock.systemUTC());
        started.set(demo);
        StopSignals.onSignal(() -> {
            demo.interrupt();
            closeIfRunning(running);
        });
        try {
            boolean ended = demo.run();
            return ended ? ExitCodes.OK : ExitCodes.FAILED;
        } finally {
            closeIfRunning(running);
        }
    }

    private LocalStack start(
            StackHome home, String name, DemoOptions options, Demo.DemoStackNeeds needs, AtomicReference<Demo> demo) {
        StackOptions stack = new StackOptions(
                name,
                home.run(name),
                cluster.given(),
                0,
                0,
                true,
                false,
                !noConsole,
                Optional.of(options.baseWeights()),
                needs.environment(),
                needs.beforeServices());
        return LocalStack.startAnew(home, stack, line -> {
            Demo shown = demo.get();
            if (shown != null) {
                shown.say(line);
            }
        });
    }

    private static void closeIfRunning(AtomicReference<LocalStack> running) {
        LocalStack stack = running.get();
        if (stack != null) {
            stack.close();
        }
    }
}
