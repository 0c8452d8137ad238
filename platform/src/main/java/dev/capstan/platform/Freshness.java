package dev.capstan.platform;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.Locale;

/**
 * How old pairs are when they come to a stage: the histogram {@code capstan.freshness} with the tag {@code stage}. All stages have the
 * same buckets, so that they can be laid side by side. Thread-safe.
 */
public final class Freshness {
    /** Seconds. */
    private static final double[] BUCKETS = {
        0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400,
    };

    /** In seconds as floating point: a timer's sum, in whole nanoseconds, would overflow where a backlog is old. */
    private final DistributionSummary ages;

    /** Where a pair has come to. */
    public enum Stage {
        /** Its picture is in pairs.crawled; from its finding. */
        CRAWLED,
        /** It passed curation; from its crawl, as all that follow. */
        CURATED,
        /** A step has learnt it. */
        TRAINED,
        /** A version that has learnt it is being served. */
        SERVED
    }

    public Freshness(MeterRegistry registry, Stage stage) {
        ages = DistributionSummary.builder("capstan.freshness")
                .description(
                        "Age of pairs when they come to a stage: from finding for crawled, from crawl for the others")
                .baseUnit("seconds")
                .tag("stage", stage.name().toLowerCase(Locale.ROOT))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    /** Counts one pair. */
    public void reached(Instant begun, Instant now) {
        reached(begun, now, 1);
    }

    /** Counts pairs of one age. */
    public void reached(Instant begun, Instant now, long pairs) {
        double seconds = Ages.between(begun, now).toMillis() / 1000.0;
        for (long pair = 0; pair < pairs; pair++) {
            ages.record(seconds);
        }
    }
}
