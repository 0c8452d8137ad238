package dev.capstan.local.supervisor;

import java.util.OptionalInt;

/** A process that was launched. */
public interface RunningProcess {
    /** Its process id. */
    long pid();

    /** Its exit status once it has ended. */
    OptionalInt exitStatus();

    /** Asks it to end (SIGTERM). */
    void terminate();

    /** Ends it at once (SIGKILL). */
    void kill();
}
