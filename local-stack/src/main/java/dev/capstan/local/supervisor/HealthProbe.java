package dev.capstan.local.supervisor;

/** Asks one process whether it is ready. Called on the supervisor's executor; may block for a second or two. */
@FunctionalInterface
public interface HealthProbe {
    /** The answer; a process that cannot be reached is a value, not an exception. */
    Health check();
}
