package dev.capstan.inference.loop;

/**
 * Called by the request loop, on its thread, between the stages of a batch: the places where a crash must do no harm. An
 * error thrown here ends the loop as a crash would: nothing is aborted, nobody is told.
 */
public interface BatchStages {
    /** The model has answered, no transaction is open. */
    default void beforeAnswers() {}

    /** Answers and offsets are sent, none is committed. */
    default void beforeCommit() {}

    /** The transaction is committed. */
    default void afterCommit() {}

    /** Does nothing. */
    static BatchStages none() {
        return new BatchStages() {};
    }
}
