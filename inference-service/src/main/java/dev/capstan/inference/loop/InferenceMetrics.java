package dev.capstan.inference.loop;

import dev.capstan.inference.loop.Outcome.Answered;
import dev.capstan.inference.loop.Outcome.Rejected;
import dev.capstan.inference.loop.OutcomeRecords.Outgoing;
import dev.capstan.platform.Ages;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.ReloadEvent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What inference tells of itself. Any thread.
 *
 * <ul>
 *   <li>{@code capstan.inference.requests} by topic, outcome and reason;
 *   <li>{@code capstan.inference.latency} by topic: from asking to the committed answer;
 *   <li>{@code capstan.inference.batch.requests} and {@code capstan.inference.batch.time} by topic;
 *   <li>{@code capstan.inference.transactions.aborted};
 *   <li>{@code capstan.inference.reloads} by outcome, {@code capstan.inference.reload.time}: from the decision to the swap;
 *   <li>{@code capstan.inference.checkpoint} and {@code capstan.inference.native.arrays} of the model that is served.
 * </ul>
 */
public final class InferenceMetrics {
    private static final String PREFIX = "capstan.inference.";

    private final MeterRegistry registry;
    private final Clock clock;
    private final Counter aborted;
    private final AtomicLong checkpoint;
    private final AtomicLong nativeArrays;

    public InferenceMetrics(MeterRegistry registry, Clock clock) {
        this.registry = registry;
        this.clock = clock;
        aborted = registry.counter(PREFIX + "transactions.aborted");
        checkpoint = registry.gauge(PREFIX + "checkpoint", new AtomicLong());
        nativeArrays = registry.gauge(PREFIX + "native.arrays", new AtomicLong());
    }

    /** Counts an attempt to serve a version. */
    public void reloaded(ReloadEvent event) {
        String outcome = event.getOutcome().name().toLowerCase(Locale.ROOT);
        registry.counter(PREFIX + "reloads", "outcome", outcome).increment();
        Timer.builder(PREFIX + "reload.time")
                .tag("outcome", outcome)
                .register(registry)
                .record(Ages.between(event.getDecidedAt(), event.getFinishedAt()));
    }

    void serving(long version, long arrays) {
        checkpoint.set(version);
        nativeArrays.set(arrays);
    }

    void aborted() {
        aborted.increment();
    }

    void answered(Topics requests, List<Outgoing> batch, Duration time) {
        String topic = requests.topicName();
        DistributionSummary.builder(PREFIX + "batch.requests")
                .tag("topic", topic)
                .register(registry)
                .record(batch.size());
        Timer.builder(PREFIX + "batch.time")
                .tag("topic", topic)
                .register(registry)
                .record(time);
        for (Outgoing one : batch) {
            if (one.outcome() instanceof Answered answered) {
                count(topic, "answered", "none");
                latency(topic).record(Ages.between(answered.origin().requestedAt(), clock.instant()));
            }
            if (one.outcome() instanceof Rejected rejected) {
                count(topic, "rejected", rejected.rejection().reason());
            }
        }
    }

    private void count(String topic, String outcome, String reason) {
        registry.counter(PREFIX + "requests", "topic", topic, "outcome", outcome, "reason", reason)
                .increment();
    }

    private Timer latency(String topic) {
        return Timer.builder(PREFIX + "latency")
                .tag("topic", topic)
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofMinutes(1))
                .register(registry);
    }
}
