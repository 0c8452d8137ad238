package dev.capstan.local.command;

import dev.capstan.local.stack.StackHome;
import dev.capstan.local.stack.StackState;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Ends the stack that another terminal runs. */
@Command(
        name = "down",
        description = "End the stack that capstan up or capstan demo runs.",
        mixinStandardHelpOptions = true)
final class DownCommand implements Callable<Integer> {
    private static final long WAIT_SECONDS = 100;

    @Option(names = "--delete", description = "Delete the run's topics, weights and logs too.")
    private boolean delete;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        StackHome home = StackHome.locate();
        Optional<StackState> running = home.runningStack();
        if (running.isEmpty()) {
            out.println("No stack runs in " + home.directory() + ".");
            return ExitCodes.OK;
        }
        StackState state = running.get();
        ProcessHandle supervisor = state.supervisor().orElse(null);
        if (supervisor != null) {
            out.println("Stopping " + state.name() + " (process " + state.supervisorPid() + ") ...");
            supervisor.destroy();
            awaitEnd(supervisor);
        }
        if (delete) {
            home.delete(state.name());
            out.println("Deleted " + home.run(state.name()) + ".");
        }
        out.println("Stopped.");
        return ExitCodes.OK;
    }

    private static void awaitEnd(ProcessHandle supervisor) throws InterruptedException {
        try {
            supervisor.onExit().get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            // Its children end with it: each watches the pipe to its parent.
            supervisor.destroyForcibly();
            throw new CommandException(
                    ExitCodes.FAILED, "The stack did not end within " + WAIT_SECONDS + " s and was killed");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
