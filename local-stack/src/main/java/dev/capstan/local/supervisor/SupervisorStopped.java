package dev.capstan.local.supervisor;

/** The supervisor ended before it was asked to, or before everything was ready; the message says why. */
public final class SupervisorStopped extends RuntimeException {
    public SupervisorStopped(String message) {
        super(message);
    }
}
