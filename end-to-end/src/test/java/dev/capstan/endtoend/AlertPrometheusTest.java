package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.console.ConsoleConfig;
import dev.capstan.console.ConsoleService;
import dev.capstan.ingest.IngestConfig;
import dev.capstan.ingest.IngestService;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.HealthServer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.testing.FreePort;
import dev.capstan.testing.KafkaExtension;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * One alert from fault to all-clear, by a real Prometheus ({@code -Dcapstan.prometheus} names the program) with the rules as they are
 * shipped: ingest dies under load, the alert fires, its runbook's step is done, the alert clears.
 */
@Tag("prometheus")
final class AlertPrometheusTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final String STALLED = "CapstanPartitionStalled";
    /** The trainer's group stands as well, because no trainer runs here. */
    private static final String GROUP = "capstan-ingest";

    @TempDir
    static Path directory;

    private static LoopClient client;
    private static ConsoleService console;
    private static HealthServer metrics;
    private static PrometheusProcess prometheus;

    @BeforeAll
    static void start() throws IOException {
        KAFKA.createTopics();
        client = new LoopClient(KAFKA.clientProperties(), LIMIT);
        int port = FreePort.find();
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        console = new ConsoleService(
                ConsoleConfig.from(configuration(
                        Map.of("console.port", "0", "console.lag-interval", "500ms", "console.stall-after", "10s"))),
                registry,
                Clock.systemUTC());
        console.start();
        metrics = HealthServer.fromEnvironment(Map.of("CAPSTAN_HEALTH_PORT", Integer.toString(port)), registry);
        metrics.serve(console);
        prometheus = PrometheusProcess.start(directory, port, FreePort.find());
    }

    @AfterAll
    static void stop() {
        prometheus.close();
        metrics.close();
        console.close();
    }

    @Test
    void shouldFireWhenIngestDiesAndClearWhenItsRunbookWasFollowed() {
        try (IngestService ingest = ingest()) {
            await().atMost(LIMIT).until(ingest::isReady);
            curate("well-");
            await().atMost(LIMIT).until(prometheus::scrapes);
            assertThat(prometheus.state(STALLED, GROUP)).isEmpty();
        }

        client.feed("stalled-", 50);
        Instant fault = Instant.now();
        await().atMost(LIMIT)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> prometheus.state(STALLED, GROUP).equals("firing"));
        System.out.printf(
                "%s fires %.1f s after the fault%n",
                STALLED, Duration.between(fault, Instant.now()).toMillis() / 1e3);
        assertThat(prometheus.runbook(STALLED, GROUP)).isEqualTo("ops/runbooks/CapstanPartitionStalled.md");

        // The runbook: no member of the group is there, so start the service.
        Instant remedy = Instant.now();
        try (IngestService ingest = ingest()) {
            await().atMost(LIMIT).until(ingest::isReady);
            await().atMost(LIMIT)
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> prometheus.state(STALLED, GROUP).isEmpty());
            System.out.printf(
                    "%s is clear %.1f s after the remedy%n",
                    STALLED, Duration.between(remedy, Instant.now()).toMillis() / 1e3);
            curate("again-");
        }
    }

    private static IngestService ingest() {
        IngestService service = new IngestService(
                IngestConfig.from(configuration(Map.of(
                        "ingest.state-directory", directory.resolve("ingest").toString()))),
                Clock.systemUTC(),
                new SimpleMeterRegistry());
        service.start();
        return service;
    }

    /** Feeds pairs and waits until one of them is curated. */
    private static void curate(String prefix) {
        client.feed(prefix, 50);
        client.await(
                Topics.PAIRS_CURATED,
                CuratedPair.class,
                pair -> pair.getPairId().startsWith(prefix));
    }

    private static ConfigurationSource configuration(Map<String, String> values) {
        Map<String, String> all = new HashMap<>(values);
        all.put("bootstrap-servers", KAFKA.bootstrapServers());
        all.put("registry", KAFKA.registryUrl());
        return ConfigurationSource.of(all);
    }
}
