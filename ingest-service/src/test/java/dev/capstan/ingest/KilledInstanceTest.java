package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.schemas.Topics;
import dev.capstan.testing.KafkaExtension;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Two instances share the work; one is killed in the middle of a transaction. */
class KilledInstanceTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final String APPLICATION = "killed-instance";
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int PAIRS = 400;
    private static final int PAIRS_BEFORE_THE_KILL = 100;

    @Test
    void shouldLoseAndDoubleNothingWhenAnInstanceIsKilled(@TempDir Path directory) throws Exception {
        KAFKA.createTopics();
        try (FakeRegistry registry = new FakeRegistry()) {
            Map<String, Object> client = new HashMap<>();
            client.put("bootstrap.servers", KAFKA.bootstrapServers());
            client.put("schema.registry.url", registry.url());
            Process victim = startProcess(registry, directory.resolve("victim"));
            try (IngestService survivor = new IngestService(
                            config(registry, directory.resolve("survivor")),
                            Clock.systemUTC(),
                            new SimpleMeterRegistry());
                    PairStream pairs = new PairStream(client);
                    Admin admin = Admin.create(client)) {
                survivor.start();
                await().atMost(PATIENCE)
                        .until(() -> crawledPartitions(admin).equals(List.of(2, 2)) && survivor.isReady());
                int fed = 0;
                while (pairs.read() < PAIRS_BEFORE_THE_KILL) {
                    // Fewer than are read, so that work is under way when the instance dies.
                    for (int more = 0; more < 20 && fed < PAIRS / 2; more++) {
                        pairs.crawl(TestPairs.good(fed++));
                    }
                }
                for (; fed < PAIRS / 2 + 50; fed++) {
                    pairs.crawl(TestPairs.good(fed));
                }
                Instant killed = Instant.now();
                victim.destroyForcibly().waitFor();
                for (; fed < PAIRS; fed++) {
                    pairs.crawl(TestPairs.good(fed));
                }

                await().atMost(PATIENCE).until(() -> pairs.read() >= PAIRS);
                Duration recovered = Duration.between(killed, Instant.now());

                assertThat(pairs.read()).isEqualTo(PAIRS);
                assertThat(pairs.admittedIds()).hasSize(PAIRS).doesNotHaveDuplicates();
                assertThat(pairs.rulesByOrigin()).isEmpty();
                assertThat(crawledPartitions(admin)).containsExactly(4);
                // Six seconds until the session ends, as many until the transaction does, and a slow machine.
                assertThat(recovered).isLessThan(Duration.ofSeconds(40));
            } finally {
                victim.destroyForcibly();
            }
        }
    }

    private static IngestConfig config(FakeRegistry registry, Path state) {
        return TestConfig.of(
                Map.of(
                        "bootstrap-servers", KAFKA.bootstrapServers(),
                        "registry", registry.url(),
                        "ingest.application-id", APPLICATION),
                state);
    }

    private static Process startProcess(FakeRegistry registry, Path state) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx160m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
        builder.environment().keySet().removeIf(name -> name.startsWith("CAPSTAN_"));
        builder.environment()
                .putAll(Map.of(
                        "CAPSTAN_BOOTSTRAP_SERVERS", KAFKA.bootstrapServers(),
                        "CAPSTAN_REGISTRY", registry.url(),
                        "CAPSTAN_INGEST_APPLICATION_ID", APPLICATION,
                        "CAPSTAN_INGEST_STATE_DIRECTORY", state.toString()));
        File log = state.resolveSibling("victim.log").toFile();
        return builder.redirectErrorStream(true).redirectOutput(log).start();
    }

    /** How many partitions of pairs.crawled each living member owns. */
    private static List<Integer> crawledPartitions(Admin admin) throws InterruptedException {
        List<Integer> counts = new ArrayList<>();
        try {
            ConsumerGroupDescription group = Objects.requireNonNull(admin.describeConsumerGroups(List.of(APPLICATION))
                            .describedGroups()
                            .get(APPLICATION))
                    .get();
            for (MemberDescription member : group.members()) {
                long owned = member.assignment().topicPartitions().stream()
                        .filter(partition -> partition.topic().equals(Topics.PAIRS_CRAWLED.topicName()))
                        .count();
                counts.add((int) owned);
            }
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof GroupIdNotFoundException)) {
                throw new IllegalStateException(e);
            }
        }
        return counts;
    }
}
