package dev.capstan.local.command;

/** Ctrl-C and SIGTERM end the stack in order before this JVM ends. */
final class StopSignals {
    private StopSignals() {}

    /** Runs an action when this JVM is asked to end; the JVM waits for it. */
    static void onSignal(Runnable action) {
        Runtime.getRuntime().addShutdownHook(new Thread(action, "stop-stack"));
    }
}
