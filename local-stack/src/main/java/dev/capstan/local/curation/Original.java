package dev.capstan.local.curation;

import dev.capstan.schemas.records.CrawledPair;
import java.util.Optional;

/** What stands today where a refused pair stood. */
public sealed interface Original {

    /** The pair, if it can still be read. */
    Optional<CrawledPair> pair();

    /** One word or sentence for a person. */
    String state();

    /** It is still there. */
    record Found(CrawledPair crawled) implements Original {
        @Override
        public Optional<CrawledPair> pair() {
            return Optional.of(crawled);
        }

        @Override
        public String state() {
            return "found";
        }
    }

    /** Its topic has let it go. */
    record Expired() implements Original {
        @Override
        public Optional<CrawledPair> pair() {
            return Optional.empty();
        }

        @Override
        public String state() {
            return "expired";
        }
    }

    /** There is no picture to be read, whatever the time. */
    record Without(String reason) implements Original {
        @Override
        public Optional<CrawledPair> pair() {
            return Optional.empty();
        }

        @Override
        public String state() {
            return reason;
        }
    }
}
