package dev.capstan.ingest;

import dev.capstan.platform.Freshness;
import dev.capstan.schemas.Topics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * What the service counts. Counts rise when a record is processed, not when its transaction commits: after a failure
 * they may count a record again, while the topics never hold it twice. Thread-safe.
 */
final class IngestMetrics {

    private final MeterRegistry registry;
    private final Timer examined;
    private final Freshness freshness;

    IngestMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.examined = Timer.builder("capstan.ingest.examined")
                .description("Crawled records, and the time it took to read, judge and curate each")
                .register(registry);
        this.freshness = new Freshness(registry, Freshness.Stage.CURATED);
    }

    void examined(long nanoseconds) {
        examined.record(nanoseconds, TimeUnit.NANOSECONDS);
    }

    void admitted(Topics destination, Instant crawledAt, Instant now) {
        Counter.builder("capstan.ingest.admitted")
                .description("Pairs that passed every rule, by the topic that they went to")
                .tag("topic", destination.topicName())
                .register(registry)
                .increment();
        if (destination == Topics.PAIRS_CURATED) {
            freshness.reached(crawledAt, now);
        }
    }

    void rejected(String rule) {
        Counter.builder("capstan.ingest.rejected")
                .description("Records that were refused, by rule")
                .tag("rule", rule)
                .register(registry)
                .increment();
    }

    void labelSetSkipped() {
        Counter.builder("capstan.ingest.label.sets.skipped")
                .description("Label sets that could not be read")
                .register(registry)
                .increment();
    }

    void threadReplaced() {
        Counter.builder("capstan.ingest.threads.replaced")
                .description("Stream threads that failed and were replaced")
                .register(registry)
                .increment();
    }
}
