package dev.capstan.ingest.fetch;

import dev.capstan.ingest.fetch.web.HopResult;
import dev.capstan.platform.Freshness;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** What fetch counts. Thread-safe. */
final class FetchMetrics {
    private final MeterRegistry registry;
    private final Freshness freshness;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger hosts = new AtomicInteger();
    private final AtomicLong pending = new AtomicLong();

    FetchMetrics(MeterRegistry registry, LongSupplier bodyBytes, LongSupplier takedowns) {
        this.registry = registry;
        freshness = new Freshness(registry, Freshness.Stage.CRAWLED);
        gauge("capstan.fetch.requests.running", "Requests under way", running::get);
        gauge("capstan.fetch.waiting", "Pairs that wait for their host", waiting::get);
        gauge("capstan.fetch.hosts", "Hosts that are remembered", hosts::get);
        gauge("capstan.fetch.pending", "Records that were read and are not committed", pending::get);
        gauge("capstan.fetch.takedowns", "Takedowns that are known and honoured", takedowns);
        gauge("capstan.fetch.body.bytes", "Bytes of bodies in memory", bodyBytes);
    }

    void state(int requestsRunning, int pairsWaiting, int hostsRemembered) {
        running.set(requestsRunning);
        waiting.set(pairsWaiting);
        hosts.set(hostsRemembered);
    }

    void pending(long records) {
        pending.set(records);
    }

    void requested(HopResult result, long nanos) {
        Timer.builder("capstan.fetch.requests")
                .description("Requests, by how they ended")
                .tag("result", result.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT))
                .register(registry)
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * @param bytes of the image
     * @param locatedAt when the pair was found
     * @param now when its picture is in pairs.crawled
     */
    void crawled(int bytes, Instant locatedAt, Instant now) {
        freshness.reached(locatedAt, now);
        counter("capstan.fetch.crawled", "Pairs that were fetched").increment();
        counter("capstan.fetch.crawled.bytes", "Bytes of their images").increment(bytes);
    }

    void rejected(String rule) {
        ruled("capstan.fetch.rejected", "Pairs that were refused, by rule", rule);
    }

    void postponed(String rule) {
        ruled("capstan.fetch.postponed", "Pairs that wait for another attempt, by what stood in the way", rule);
    }

    void restarted() {
        counter("capstan.fetch.restarts", "Times that work began again at the committed offsets")
                .increment();
    }

    private void ruled(String name, String description, String rule) {
        Counter.builder(name)
                .description(description)
                .tag("rule", rule)
                .register(registry)
                .increment();
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }

    private void gauge(String name, String description, LongSupplier value) {
        Gauge.builder(name, value::getAsLong).description(description).register(registry);
    }
}
