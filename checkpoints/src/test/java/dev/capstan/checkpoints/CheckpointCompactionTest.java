package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.TensorRole;
import dev.capstan.testing.KafkaExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Retention by the broker's own cleaner: what is removed really goes, and what is kept stays readable where it lies. */
class CheckpointCompactionTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final TensorValue FROZEN = Drafts.tensor("frozen", 1_000, 50_000);

    private final MovableClock clock = new MovableClock();

    @Test
    void shouldKeepWhatIsNeededAndOnlyThatOnceTheTopicIsCompacted() throws InterruptedException, ExecutionException {
        KAFKA.createTopics();
        cleanEagerly();
        Map<String, Object> properties = KAFKA.clientProperties();
        WriterOptions smallPieces = new WriterOptions(10_000, Duration.ofMinutes(1), Duration.ofSeconds(30));
        RetentionPolicy policy =
                new RetentionPolicy(2, 1, Set.of(), Duration.ofMinutes(1), Duration.ofSeconds(30), 10_000);
        try (CheckpointWriter writer =
                        new CheckpointWriter(properties, "trainer", smallPieces, PublishStages.none(), clock);
                CheckpointRetention retention =
                        new CheckpointRetention(writer, properties, Drafts.MODEL, policy, clock);
                RawLog raw = new RawLog(properties);
                CheckpointLog log = new CheckpointLog(properties)) {
            writer.initialise();
            for (int version = 1; version <= 6; version++) {
                publish(writer, version);
            }
            retention.run();
            clock.advance(Duration.ofMinutes(1));
            retention.run();
            // Moves what was written before out of the active segment, which is never cleaned.
            publish(writer, 7);

            await().atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThat(digestsEverStored(raw))
                            .doesNotContain(
                                    learnt(1).digest(),
                                    learnt(4).digest(),
                                    moment(1).digest(),
                                    moment(5).digest()));

            for (CheckpointManifest manifest : log.manifests()) {
                long version = manifest.getLineage().getVersion();
                assertThat(log.fetch(manifest, Set.of(TensorRole.SERVING), Set.of()))
                        .containsExactly(FROZEN, learnt(version));
            }
            CheckpointManifest newest = log.latest(Drafts.MODEL).orElseThrow();
            assertThat(log.fetch(newest, Set.of(TensorRole.TRAINING_STATE), Set.of()))
                    .containsExactly(moment(7));
            assertThat(log.manifests()).hasSize(3);
        }
    }

    /** Every digest of which a record is left, tombstones aside. */
    private static Set<String> digestsEverStored(RawLog raw) {
        return raw.committed(Topics.CHECKPOINTS_TENSORS).stream()
                .filter(record -> record.value() != null)
                .map(record -> record.key().substring(0, record.key().indexOf('/')))
                .collect(Collectors.toSet());
    }

    private static void cleanEagerly() throws InterruptedException, ExecutionException {
        ConfigResource tensors = new ConfigResource(ConfigResource.Type.TOPIC, Topics.CHECKPOINTS_TENSORS.topicName());
        ConfigResource brokers = new ConfigResource(ConfigResource.Type.BROKER, "");
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            admin.incrementalAlterConfigs(Map.of(
                            tensors,
                            List.of(set("segment.ms", "1"), set("min.cleanable.dirty.ratio", "0.01")),
                            brokers,
                            List.of(set("log.cleaner.backoff.ms", "100"))))
                    .all()
                    .get();
        }
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), OpType.SET);
    }

    private static void publish(CheckpointWriter writer, long version) {
        writer.publish(
                Drafts.trained(version - 1, List.of(), List.of(FROZEN, learnt(version)), List.of(moment(version))));
    }

    private static TensorValue learnt(long version) {
        return Drafts.tensor("w", version, 5_000);
    }

    private static TensorValue moment(long version) {
        return Drafts.tensor("adam.m.w", 200 + version, 5_000);
    }
}
