package dev.capstan.platform;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * How old pairs are when they come to a stage: the histogram {@code capstan.freshness} with the tag {@code stage}. All stages have the
 * same buckets, so that they can be laid side by side. Thread-safe.
 */
public final class Freshness {
    private static final Duration[] BUCKETS = Stream.of(
                    "PT0.5S", "PT1S", "PT2S", "PT5S", "PT10S", "PT20S", "PT30S", "PT1M", "PT2M", "PT5M", "PT10M",
                    "PT30M", "PT1H", "PT6H", "PT24H")
            .map(Duration::parse)
            .toArray(Duration[]::new);

    private final Timer timer;

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
        timer = Timer.builder("capstan.freshness")
                .description(
                        "Age of pairs when they come to a stage: from finding for crawled, from crawl for the others")
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
        Duration age = Ages.between(begun, now);
        for (long pair = 0; pair < pairs; pair++) {
            timer.record(age);
        }
    }
}
