package dev.capstan.local.command;

import dev.capstan.local.stack.ResidentMemory;
import dev.capstan.local.stack.StackHome;
import dev.capstan.local.stack.StackState;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows the processes of the stack that runs. */
@Command(
        name = "status",
        description = "Show the stack that runs: processes, memory, addresses.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    private static final double MEBIBYTE = 1024.0 * 1024.0;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
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
        return state.ready() ? ExitCodes.OK : ExitCodes.FAILED;
    }

    private static double resident(PrintWriter out, String name, long pid, String state, int restarts, String detail) {
        OptionalLong bytes = pid < 0 ? OptionalLong.empty() : ResidentMemory.ofProcess(pid);
        double mebibytes = bytes.orElse(0) / MEBIBYTE;
        out.printf(
                "%-10s %-12s %8s %6.0f MB %9d  %s%n",
                name,
                state.toLowerCase(java.util.Locale.ROOT),
                pid < 0 ? "-" : Long.toString(pid),
                mebibytes,
                restarts,
                detail);
        return mebibytes;
    }
}
