package dev.capstan.local.command;

import dev.capstan.local.stack.LocalStack;

/** Ctrl-C and SIGTERM end the stack in order before this JVM ends. */
final class StopSignals {
    private StopSignals() {}

    static void closeOnSignal(LocalStack stack) {
        Runtime.getRuntime().addShutdownHook(new Thread(stack::close, "stop-stack"));
    }
}
