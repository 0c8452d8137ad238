package dev.capstan.inference.requests;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/** A request that may be answered: every rule that needs no pixels holds. */
public sealed interface Question permits ClassifyQuestion, CaptionQuestion {
    Origin origin();

    /** The image file, not yet decoded. */
    ByteBuffer image();

    /**
     * What every answer must carry on.
     *
     * @param coordinates where the request stands
     * @param requestId the asker's id
     * @param requestedAt when it was asked
     * @param reply where a copy of the answer goes
     */
    record Origin(Coordinates coordinates, String requestId, Instant requestedAt, Optional<ReplyAddress> reply) {
        public String eventId() {
            return coordinates.eventId(requestId);
        }
    }
}
