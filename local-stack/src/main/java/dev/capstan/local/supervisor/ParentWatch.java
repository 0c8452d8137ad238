package dev.capstan.local.supervisor;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * First main class of every child process: runs the real one, and ends the process when standard input closes.
 *
 * <p>The supervisor holds the other end of that pipe. The operating system closes it however the supervisor ends, so
 * that even after {@code kill -9} no child is left behind. The class stands in a jar of its own and needs nothing but
 * the JDK, because it also goes in front of programs that are not ours.
 *
 * <p>Threads: {@link #main} runs on the main thread; one daemon thread blocks on standard input.
 */
public final class ParentWatch {
    /** Exit status of a child whose parent went away. */
    static final int PARENT_GONE = 79;

    private static final long HALT_AFTER_MILLIS = 15_000;

    private ParentWatch() {}

    /** Takes the name of the real main class, then its arguments. */
    public static void main(String[] arguments) throws Throwable {
        InputStream input = System.in;
        startDaemon("parent-watch", () -> {
            awaitEnd(input);
            endProcess();
        });
        Class<?> realMain = Class.forName(arguments[0]);
        try {
            realMain.getMethod("main", String[].class)
                    .invoke(null, (Object) Arrays.copyOfRange(arguments, 1, arguments.length));
        } catch (InvocationTargetException wrapped) {
            throw wrapped.getCause() == null ? wrapped : wrapped.getCause();
        }
    }

    private static void awaitEnd(InputStream input) {
        try {
            while (input.read() >= 0) {
                // Nobody writes to the pipe; only its end matters.
            }
        } catch (IOException broken) {
            // A broken pipe says the same as a closed one.
        }
    }

    private static void endProcess() {
        System.err.println("The supervisor is gone: this process ends too.");
        // Shutdown hooks may wait for a broker that ends at the same moment.
        startDaemon("parent-watch-halt", () -> {
            try {
                Thread.sleep(HALT_AFTER_MILLIS);
            } catch (InterruptedException early) {
                // Halting early is still right.
            }
            Runtime.getRuntime().halt(PARENT_GONE);
        });
        System.exit(PARENT_GONE);
    }

    private static void startDaemon(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }
}
