package dev.capstan.local.supervisor;

import java.time.Duration;

/** Hears what happens to the child processes, on the supervisor's thread. */
public interface SupervisorListener {
    /** A process was launched. */
    default void launched(String name, long pid) {}

    /** A process became ready this long after its launch. */
    default void ready(String name, Duration took) {}

    /** A process ended. */
    default void exited(String name, int status, boolean expected) {}

    /** A process died and will be launched again. */
    default void restarting(String name, String reason, Duration pause) {}

    /** A process ended with a status after which it is not launched again; the others go on. */
    default void left(String name, String reason) {}

    /** A process died for good; the supervisor stops everything. */
    default void gaveUp(String name, String reason) {}

    /** Any of the above has happened; the statuses are up to date. */
    default void changed() {}
}
