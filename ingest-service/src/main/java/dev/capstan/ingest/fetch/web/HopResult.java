package dev.capstan.ingest.fetch.web;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** How one request ended. */
public sealed interface HopResult {

    /**
     * An image. Its bytes are reserved in the {@link BufferBudget}; whoever takes the result gives them back.
     *
     * @param headers those that later stages consult, lower-case names
     */
    record Image(ByteBuffer body, Map<String, String> headers) implements HopResult {
        public Image {
            headers = Map.copyOf(headers);
        }

        /** How many bytes are reserved. */
        public int bytes() {
            return body.remaining();
        }
    }

    /** The server names another address. */
    record Redirect(String location) implements HopResult {}

    /**
     * It will never be an image that may be used: another attempt is of no use.
     *
     * @param detail one sentence for a person, naming the value
     */
    record Refused(String rule, OptionalDouble score, OptionalDouble threshold, String detail) implements HopResult {
        public static Refused of(String rule, String detail) {
            return new Refused(rule, OptionalDouble.empty(), OptionalDouble.empty(), detail);
        }

        public static Refused of(String rule, double score, double threshold, String detail) {
            return new Refused(rule, OptionalDouble.of(score), OptionalDouble.of(threshold), detail);
        }
    }

    /**
     * It may succeed later.
     *
     * @param rule the rule that refuses it if no attempt is left
     * @param retryAfter what the server asked for
     */
    record Failed(String rule, String detail, Optional<Duration> retryAfter) implements HopResult {
        static Failed of(String rule, String detail) {
            return new Failed(rule, detail, Optional.empty());
        }
    }

    /** There is no room for the body now; the server is not to blame. */
    record NoRoom() implements HopResult {}
}
