package dev.capstan.local.command;

import dev.capstan.console.ConsoleConfig;
import dev.capstan.console.lag.LagReading;
import dev.capstan.console.lag.LagSnapshot;
import dev.capstan.console.lag.LagUnavailableException;
import dev.capstan.local.stack.ResidentMemory;
import dev.capstan.local.stack.StackHome;
import dev.capstan.local.stack.StackState;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.KafkaSettings;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows the processes of the stack that runs, and how far each stage is behind. */
@Command(
        name = "status",
        description = {
            "Show the stack that runs: processes, memory, addresses, and how far each stage is behind.",
            "Of a cluster that is named, the stages alone. Groups of other names are taken from CAPSTAN_CONSOLE_INGEST_GROUP and its like."
        },
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    private static final double MEBIBYTE = 1024.0 * 1024.0;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private ClusterOptions cluster;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Optional<KafkaSettings> named = cluster.given();
        return named.isPresent() ? lag(out, named.get()) : stack(out);
    }

    private int stack(PrintWriter out) {
        StackHome home = StackHome.locate();
        Optional<StackState> running = home.runningStack();
        if (running.isEmpty()) {
            throw new CommandException(
                    ExitCodes.NO_STACK, "No stack runs in " + home.directory() + ": start one with ./capstan up");
        }
        StackState state = running.get();
        out.printf("%s in %s (%s)%n", state.name(), state.directory(), state.ready() ? "ready" : "starting");
        out.printf("broker   %s%nregistry %s%n%n", state.bootstrapServers(), state.registryUrl());
        out.printf("%-10s %-12s %8s %9s %9s  %s%n", "process", "state", "pid", "resident", "restarts", "");
        double total = resident(out, "capstan", state.supervisorPid(), "RUNNING", 0, "");
        for (StackState.Child process : state.processes()) {
            Long pid = process.pid();
            total += resident(
                    out, process.name(), pid == null ? -1 : pid, process.state(), process.restarts(), process.detail());
        }
        out.printf("%-10s %-12s %8s %6.0f MB%n", "total", "", "", total);
        if (!state.ready()) {
            return ExitCodes.FAILED;
        }
        out.println();
        return lag(out, state.settings());
    }

    private static int lag(PrintWriter out, KafkaSettings settings) {
        Map<String, Set<String>> groups = ConsoleConfig.Groups.from(
                        ConfigurationSource.load(new String[0], System.getenv(), Set.of(ConsoleConfig.SECTION)))
                .topics();
        LagSnapshot lag;
        try {
            lag = LagReading.once(settings, groups, Clock.systemUTC());
        } catch (LagUnavailableException e) {
            throw new CommandException(
                    ExitCodes.TIMED_OUT,
                    e.getMessage() + ": is there a broker at " + settings.bootstrapServers() + "?");
        }
        out.printf("%-20s %-18s %12s %9s%n", "group", "topic", "lag, records", "seconds");
        groups.forEach((group, topics) -> topics.forEach(topic -> {
            OptionalDouble seconds = lag.seconds(group, topic);
            out.printf(
                    Locale.ROOT,
                    "%-20s %-18s %,12d %9s%n",
                    group,
                    topic,
                    lag.records(group, topic),
                    seconds.isPresent() ? String.format(Locale.ROOT, "%.1f", seconds.getAsDouble()) : "unknown");
        }));
        return ExitCodes.OK;
    }

    private static double resident(PrintWriter out, String name, long pid, String state, int restarts, String detail) {
        OptionalLong bytes = pid < 0 ? OptionalLong.empty() : ResidentMemory.ofProcess(pid);
        double mebibytes = bytes.orElse(0) / MEBIBYTE;
        out.printf(
                "%-10s %-12s %8s %6.0f MB %9d  %s%n",
                name, state.toLowerCase(Locale.ROOT), pid < 0 ? "-" : Long.toString(pid), mebibytes, restarts, detail);
        return mebibytes;
    }
}
