package dev.capstan.checkpoints;

/**
 * Called by the writer, on its thread, between the stages of a publish: the places where a crash must do no harm. What
 * {@link #beforeTensors} or {@link #beforeCommit} throws aborts the transaction.
 */
public interface PublishStages {
    /** The transaction is open, nothing is sent. */
    default void beforeTensors() {}

    /** Tensors, manifest, lineage and offsets are sent, none is committed. */
    default void beforeCommit() {}

    /** The transaction is committed, the caller does not know yet. */
    default void afterCommit() {}

    /** Does nothing. */
    static PublishStages none() {
        return new PublishStages() {};
    }
}
