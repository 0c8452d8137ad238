package dev.capstan.console.lag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import dev.capstan.testing.KafkaExtension;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class LagMonitorTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    @Test
    void shouldExportLagUnderTheNamesThatDashboardsKnow() throws Exception {
        KAFKA.createTopics();
        String topic = Topics.PAIRS_CRAWLED.topicName();
        try (Producer<String, String> producer =
                new KafkaProducer<>(KAFKA.clientProperties(), new StringSerializer(), new StringSerializer())) {
            long time = Instant.now().minusSeconds(100).toEpochMilli();
            producer.send(new ProducerRecord<>(topic, 2, time, "key", "value")).get();
        }
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

        try (LagMonitor monitor = monitor(registry)) {
            monitor.start();
            await().until(() -> !monitor.newest().partitions().isEmpty());

            assertThat(monitor.isFresh()).isTrue();
            assertThat(monitor.problem()).isEmpty();
            assertThat(registry.scrape())
                    .contains(
                            "kafka_consumergroup_group_lag{cluster_name=\"here\",group=\"readers\",partition=\"2\",topic=\"pairs.crawled\"} 1.0",
                            "kafka_consumergroup_group_lag{cluster_name=\"here\",group=\"readers\",partition=\"1\",topic=\"pairs.crawled\"} 0.0",
                            "kafka_consumergroup_group_max_lag{cluster_name=\"here\",group=\"readers\"} 1.0",
                            "kafka_partition_latest_offset{cluster_name=\"here\",partition=\"2\",topic=\"pairs.crawled\"} 1.0",
                            "kafka_consumergroup_group_offset{cluster_name=\"here\",group=\"readers\",partition=\"2\",topic=\"pairs.crawled\"} 0.0",
                            "capstan_console_partition_stalled{group=\"readers\""
                                    .replace("{", "{cluster_name=\"here\","))
                    .containsPattern(
                            "kafka_consumergroup_group_lag_seconds\\{cluster_name=\"here\",group=\"readers\",partition=\"2\",topic=\"pairs.crawled\"} 1\\d\\d\\.")
                    .containsPattern(
                            "kafka_consumergroup_group_max_lag_seconds\\{cluster_name=\"here\",group=\"readers\"} 1\\d\\d\\.");
        }
    }

    private static LagMonitor monitor(PrometheusMeterRegistry registry) {
        return new LagMonitor(
                new KafkaSettings(KAFKA.bootstrapServers(), KAFKA.registryUrl(), Map.of()),
                new LagMonitor.Options(
                        "here",
                        Map.of("readers", Set.of(Topics.PAIRS_CRAWLED.topicName())),
                        Duration.ofMillis(200),
                        Duration.ofMinutes(1)),
                registry,
                Clock.systemUTC(),
                Map::of,
                snapshot -> {});
    }
}
