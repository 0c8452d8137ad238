package dev.capstan.ingest;

import dev.capstan.ingest.filter.Verdict;
import dev.capstan.schemas.records.CuratedPair;
import java.util.Optional;

/** How the curation of one pair ended. */
public sealed interface Curation {

    /** The curated pair, or empty if it was refused. */
    Optional<CuratedPair> pair();

    /** Why the pair was refused, or empty. */
    Optional<Verdict.Refusal> refusal();

    /** The pair passed every rule that needs nothing but the pair. */
    record Accepted(CuratedPair curated) implements Curation {
        @Override
        public Optional<CuratedPair> pair() {
            return Optional.of(curated);
        }

        @Override
        public Optional<Verdict.Refusal> refusal() {
            return Optional.empty();
        }
    }

    /** A rule refused the pair. */
    record Refused(Verdict.Refusal reason) implements Curation {
        @Override
        public Optional<CuratedPair> pair() {
            return Optional.empty();
        }

        @Override
        public Optional<Verdict.Refusal> refusal() {
            return Optional.of(reason);
        }
    }
}
