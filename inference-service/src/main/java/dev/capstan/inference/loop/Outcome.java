package dev.capstan.inference.loop;

import dev.capstan.inference.requests.Coordinates;
import dev.capstan.inference.requests.Question.Origin;
import dev.capstan.inference.requests.Rejection;
import dev.capstan.schemas.Topics;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** What becomes of one request: every request of a batch has exactly one. */
sealed interface Outcome {
    Coordinates coordinates();

    /** The asker's id, or null if the request could not be read. */
    @Nullable
    String requestId();

    /**
     * An answer.
     *
     * @param topic the topic of the event
     * @param event the event
     */
    record Answered(Origin origin, Topics topic, SpecificRecord event) implements Outcome {
        @Override
        public Coordinates coordinates() {
            return origin.coordinates();
        }

        @Override
        public String requestId() {
            return origin.requestId();
        }
    }

    /** A rejection. */
    record Rejected(Coordinates coordinates, @Nullable String requestId, Rejection rejection) implements Outcome {}
}
