package dev.capstan.inference.score;

import dev.capstan.platform.Freshness;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** What the scorer counts, when a record is processed and not when its transaction commits. Thread-safe. */
final class ScoreMetrics {
    private final MeterRegistry registry;
    private final Timer scored;
    private final Freshness freshness;

    ScoreMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.scored = Timer.builder("capstan.score.scored")
                .description("Pairs that the live model scored, and the time that each took")
                .register(registry);
        this.freshness = new Freshness(registry, Freshness.Stage.CURATED);
    }

    void scored(long nanoseconds) {
        scored.record(nanoseconds, TimeUnit.NANOSECONDS);
    }

    /** A pair goes on to the trainer. */
    void curated(Instant crawledAt, Instant now) {
        freshness.reached(crawledAt, now);
    }

    void refused(String rule) {
        Counter.builder("capstan.score.refused")
                .description("Pairs that were refused, by rule")
                .tag("rule", rule)
                .register(registry)
                .increment();
    }

    /** @param reason "no-model", "no-threshold", "image" or "model-failed" */
    void passed(String reason) {
        Counter.builder("capstan.score.passed")
                .description("Pairs that went on without a score, by reason")
                .tag("reason", reason)
                .register(registry)
                .increment();
    }
}
