package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.schemas.Topics;
import dev.capstan.testing.KafkaExtension;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The service on a real broker. */
class IngestServiceTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final FakeRegistry registry = new FakeRegistry();
    private final Map<String, Object> clientProperties = new HashMap<>();

    @BeforeEach
    void createTopics() {
        KAFKA.recreateTopics();
        clientProperties.put("bootstrap.servers", KAFKA.bootstrapServers());
        clientProperties.put("schema.registry.url", registry.url());
    }

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void shouldWriteEveryRecordOnceThroughPoisonOfEveryKind(@TempDir Path state) throws Exception {
        IngestConfig config =
                config(state, "poison", Map.of("ingest.max-side", "1024", "ingest.max-image-bytes", "4000000"));
        try (IngestService service = new IngestService(config, Clock.systemUTC(), new SimpleMeterRegistry());
                PairStream pairs = new PairStream(clientProperties)) {
            service.start();
            byte[] unknownSchema = pairs.bytes(TestPairs.good(1));
            ByteBuffer.wrap(unknownSchema).putInt(1, 999);
            Map<Origin, List<String>> expected = new HashMap<>();
            int good = 0;
            for (; good < 30; good++) {
                pairs.crawl(TestPairs.good(good));
            }
            // The mirrored pair below stands on another partition than its original, which must be first.
            await().atMost(PATIENCE).until(() -> pairs.read() >= 30);
            expected.put(
                    pairs.crawlAndWait("p", "no wire format".getBytes(StandardCharsets.UTF_8)),
                    List.of("record-undecodable"));
            expected.put(pairs.crawlAndWait("p", unknownSchema), List.of("record-undecodable"));
            expected.put(pairs.crawlAndWait("p", null), List.of("record-undecodable"));
            expected.put(
                    pairs.crawlAndWait(
                            TestPairs.pair("broken", "a broken picture", ByteBuffer.wrap(new byte[] {1, 2, 3}))),
                    List.of("image-undecodable"));
            expected.put(
                    pairs.crawlAndWait(TestPairs.pair("noise", "a picture of noise", TestPairs.noise(1, 1000))),
                    List.of("record-too-large"));
            expected.put(
                    pairs.crawlAndWait(TestPairs.pair(
                            "mirror",
                            TestPairs.good(3).getText(),
                            TestPairs.good(3).getImage())),
                    List.of("exact-duplicate"));
            for (; good < 60; good++) {
                pairs.crawl(TestPairs.good(good));
            }
            int all = good + expected.size();

            await().atMost(PATIENCE).until(() -> pairs.read() >= all);

            assertThat(pairs.read()).isEqualTo(all);
            assertThat(pairs.admittedIds()).hasSize(good).doesNotHaveDuplicates();
            assertThat(pairs.rulesByOrigin()).isEqualTo(expected);
            assertThat(service.isReady()).isTrue();
        }
    }

    @Test
    void shouldOutliveALimitThatIsLoweredWhileItRuns(@TempDir Path state) throws Exception {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (IngestService service = new IngestService(config(state, "limit", Map.of()), Clock.systemUTC(), meters);
                PairStream pairs = new PairStream(clientProperties)) {
            service.start();
            pairs.crawl(TestPairs.good(1));
            await().atMost(PATIENCE).until(() -> pairs.read() == 1);
            lowerLimit(Topics.PAIRS_CURATED, 20_000);
            lowerLimit(Topics.PAIRS_HELDOUT, 20_000);

            pairs.crawl(TestPairs.pair("noise", "a picture of noise", TestPairs.noise(1, 128)));
            pairs.crawl(TestPairs.good(2));
            await().atMost(PATIENCE).until(() -> pairs.read() >= 3);

            assertThat(pairs.admittedIds()).containsExactlyInAnyOrder("pair-1", "pair-2");
            assertThat(pairs.rulesByOrigin().values()).containsExactly(List.of("record-too-large"));
            assertThat(service.isLive()).isTrue();
            assertThat(meters.get("capstan.ingest.threads.replaced").counter().count())
                    .isEqualTo(1);
        }
    }

    @Test
    void shouldWaitForTheRegistryInsteadOfRejecting(@TempDir Path state) throws Exception {
        try (IngestService service = new IngestService(
                        config(state, "outage", Map.of()), Clock.systemUTC(), new SimpleMeterRegistry());
                PairStream pairs = new PairStream(clientProperties)) {
            service.start();
            await().atMost(PATIENCE).until(service::isReady);
            byte[] good = pairs.bytes(TestPairs.good(1));
            registry.setAvailable(false);
            pairs.crawlAndWait("pair-1", good);
            await().atMost(PATIENCE).until(() -> registry.refused() >= 2);
            int during = pairs.read();

            registry.setAvailable(true);
            await().atMost(PATIENCE).until(() -> pairs.read() >= 1);

            assertThat(during).isZero();
            assertThat(pairs.admittedIds()).containsExactly("pair-1");
            assertThat(pairs.rulesByOrigin()).isEmpty();
        }
    }

    private IngestConfig config(Path state, String applicationId, Map<String, String> more) {
        Map<String, String> values = new HashMap<>(more);
        values.put("bootstrap-servers", KAFKA.bootstrapServers());
        values.put("registry", registry.url());
        values.put("ingest.application-id", applicationId);
        return TestConfig.of(values, state);
    }

    private void lowerLimit(Topics topic, int bytes) throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(clientProperties)) {
            AlterConfigOp operation = new AlterConfigOp(
                    new ConfigEntry("max.message.bytes", Integer.toString(bytes)), AlterConfigOp.OpType.SET);
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, topic.topicName()), List.of(operation)))
                    .all()
                    .get();
        }
    }
}
