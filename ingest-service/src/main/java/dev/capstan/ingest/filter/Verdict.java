package dev.capstan.ingest.filter;

import java.util.Optional;
import java.util.OptionalDouble;

/** What a rule says of what it looked at. */
public sealed interface Verdict {

    /** Nothing speaks against the pair. */
    Verdict KEEP = new Keep();

    /** Why the pair is refused, or empty. */
    Optional<Refusal> refusal();

    /** Nothing speaks against the pair. */
    record Keep() implements Verdict {
        @Override
        public Optional<Refusal> refusal() {
            return Optional.empty();
        }
    }

    /**
     * The pair is refused.
     *
     * @param rule name of the rule, for example "image-too-small"
     * @param score the value that the rule measured, or empty where it measures nothing
     * @param threshold the limit that the score was compared with, or empty
     * @param detail one sentence for a person
     */
    record Refusal(String rule, OptionalDouble score, OptionalDouble threshold, String detail) implements Verdict {

        /** A refusal that measures nothing. */
        public static Refusal of(String rule, String detail) {
            return new Refusal(rule, OptionalDouble.empty(), OptionalDouble.empty(), detail);
        }

        /** A refusal because a measured value lies beyond a limit. */
        public static Refusal of(String rule, double score, double threshold, String detail) {
            return new Refusal(rule, OptionalDouble.of(score), OptionalDouble.of(threshold), detail);
        }

        @Override
        public Optional<Refusal> refusal() {
            return Optional.of(this);
        }
    }
}
