package dev.capstan.inference.requests;

import org.jspecify.annotations.Nullable;

/**
 * What one record of a request topic turned out to be.
 *
 * @param <Q> the kind of question
 */
public sealed interface Intake<Q extends Question> {
    /**
     * A question that may be answered.
     *
     * @param <Q> the kind of question
     */
    record Accepted<Q extends Question>(Q question) implements Intake<Q> {}

    /**
     * A request that is not answered.
     *
     * @param requestId the asker's id, or null if the record could not be read
     * @param <Q> the kind of question
     */
    record Refused<Q extends Question>(
            Coordinates coordinates, @Nullable String requestId, Rejection rejection) implements Intake<Q> {}
}
