package dev.capstan.local.requests;

import java.time.Duration;
import java.util.Optional;

/**
 * What became of a request.
 *
 * @param <E> the event that answers it
 */
public sealed interface Answer<E> {
    /** The event, if there is one. */
    default Optional<E> event() {
        return Optional.empty();
    }

    /**
     * It was answered.
     *
     * @param took from asking to seeing the committed answer
     */
    record Answered<E>(E answer, Duration took) implements Answer<E> {
        @Override
        public Optional<E> event() {
            return Optional.of(answer);
        }
    }

    /**
     * It was refused.
     *
     * @param reason short reason
     * @param detail one sentence with the remedy
     */
    record Refused<E>(String reason, String detail) implements Answer<E> {}

    /**
     * Nothing came in time.
     *
     * @param waited how long
     */
    record TimedOut<E>(Duration waited) implements Answer<E> {}
}
