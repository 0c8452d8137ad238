package dev.capstan.local.supervisor;

/** Where a child process stands. */
public enum ProcessState {
    /** Waits for the processes that it needs. */
    WAITING,
    /** Launched, not yet healthy. */
    STARTING,
    /** Healthy. */
    READY,
    /** Died; will be launched again after a pause. */
    BACKING_OFF,
    /** Asked to end. */
    STOPPING,
    /** Ended on request, or never started. */
    STOPPED,
    /** Ended by itself with a status after which it is not launched again; the others go on. */
    ENDED,
    /** Died more often than the policy allows, or in a way that ends everything. */
    FAILED
}
