package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.capstan.checkpoints.RecordKeys.ChunkKey;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.PartitionOffset;
import dev.capstan.schemas.records.Shard;
import dev.capstan.schemas.records.TensorEntry;
import dev.capstan.schemas.records.TensorRole;
import dev.capstan.testing.KafkaExtension;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CheckpointWriterTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final String TRANSACTIONAL_ID = "trainer";
    private static final String GROUP = "capstan-trainer";
    private static final TopicPartition CURATED = new TopicPartition(Topics.PAIRS_CURATED.topicName(), 2);
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
    private static final WriterOptions SMALL_CHUNKS =
            new WriterOptions(1000, Duration.ofMinutes(1), Duration.ofSeconds(30));

    private RawLog raw;
    private CheckpointLog log;

    @BeforeEach
    void open() {
        KAFKA.recreateTopics();
        raw = new RawLog(KAFKA.clientProperties());
        log = new CheckpointLog(KAFKA.clientProperties());
    }

    @AfterEach
    void close() {
        raw.close();
        log.close();
    }

    @Test
    void shouldGiveBackTensorsOfEveryShapeThatWerePublished() {
        TensorValue manyPieces = Drafts.tensor("many-pieces", 1, 5_017);
        TensorValue scalar = TensorValue.ofFloats("scalar", new long[0], new float[] {0.07f});
        TensorValue empty = new TensorValue("empty", TensorType.F16, new long[] {0, 4}, ByteBuffer.allocate(0));
        TensorValue file = TensorValue.ofBytes("tokenizer.json", new byte[1000]);
        List<TensorValue> tensors = List.of(manyPieces, scalar, empty, file);

        try (CheckpointWriter writer = ready(PublishStages.none())) {
            writer.publish(CheckpointDraft.imported(Drafts.MODEL, Drafts.ARCHITECTURE, tensors));
        }

        CheckpointManifest manifest = log.latest(Drafts.MODEL).orElseThrow();
        assertThat(log.fetch(manifest, Set.of(TensorRole.SERVING), Set.of())).isEqualTo(tensors);
        assertThat(manifest.getTensors()).extracting(TensorEntry::getChunks).containsExactly(21, 1, 1, 1);
        assertThat(manifest.getArchitecture()).isEqualTo(Drafts.ARCHITECTURE);
    }

    @Test
    void shouldNotSendATensorThatTheLogHolds() {
        TensorValue frozen = Drafts.tensor("frozen", 1, 1_000);
        try (CheckpointWriter writer = ready(PublishStages.none())) {
            writer.publish(Drafts.imported(frozen, Drafts.tensor("learnt", 2, 100)));
        }

        Published second;
        try (CheckpointWriter restarted = ready(PublishStages.none())) {
            second = restarted.publish(
                    Drafts.trained(1, List.of(), List.of(frozen, Drafts.tensor("learnt", 3, 100)), List.of()));
        }

        assertThat(second.tensorsSent()).isEqualTo(1);
        assertThat(second.bytesPublished()).isEqualTo(400);
        assertThat(second.manifest().getLineage().getBytesTotal()).isEqualTo(4_400);
        assertThat(raw.committedKeys(Topics.CHECKPOINTS_TENSORS))
                .doesNotHaveDuplicates()
                .hasSize(4 + 1 + 1);
    }

    @Test
    void shouldSendATensorOnceThatTwoNamesAndRolesShare() {
        TensorValue tied = Drafts.tensor("embedding.weight", 1, 100);
        TensorValue state = Drafts.tensor("adam.m.x", 2, 10);
        Published published;
        try (CheckpointWriter writer = ready(PublishStages.none())) {
            writer.publish(Drafts.imported(Drafts.tensor("other", 3, 1)));

            published = writer.publish(Drafts.trained(
                    1,
                    List.of(),
                    List.of(tied, tied.withName("head.weight")),
                    List.of(tied.withName("original"), state)));
        }

        assertThat(published.tensorsSent()).isEqualTo(2);
        assertThat(published.bytesPublished()).isEqualTo(440);
        assertThat(published.manifest().getLineage().getBytesTotal()).isEqualTo(440);
        assertThat(log.fetch(published.manifest(), Set.of(TensorRole.SERVING), Set.of()))
                .containsExactly(tied, tied.withName("head.weight"));
        assertThat(log.fetch(published.manifest(), Set.of(TensorRole.TRAINING_STATE), Set.of()))
                .containsExactly(tied.withName("original"), state);
    }

    @Test
    void shouldCommitOffsetsAndLineageInTheSameTransaction() {
        List<Shard> shards = List.of(new Shard(CURATED.topic(), CURATED.partition(), 0L, 9L, 8L));
        try (CheckpointWriter writer = ready(PublishStages.none())) {
            writer.publish(Drafts.imported(Drafts.tensor("w", 1, 10)));

            writer.publish(
                    Drafts.trained(1, shards, List.of(Drafts.tensor("w", 2, 10)), List.of()),
                    Map.of(CURATED, new OffsetAndMetadata(11)),
                    group());
        }

        CheckpointLineage lineage = log.lineage(Drafts.MODEL).get(1);
        assertThat(lineage.getVersion()).isEqualTo(2);
        assertThat(lineage.getParent()).isEqualTo(1);
        assertThat(lineage.getShards()).isEqualTo(shards);
        assertThat(lineage.getPairs()).isEqualTo(8);
        assertThat(lineage.getOffsets())
                .containsExactly(new PartitionOffset(CURATED.topic(), CURATED.partition(), 11L));
        assertThat(lineage.getPublishedAt()).isEqualTo(CLOCK.instant());
        assertThat(lineage)
                .isEqualTo(log.manifest(Drafts.MODEL, 2).orElseThrow().getLineage());
        assertThat(committedOffsets()).containsEntry(CURATED, new OffsetAndMetadata(11));
    }

    @Test
    void shouldLeaveNothingBehindWhenAborted() {
        CheckpointDraft draft = Drafts.trained(
                0, List.of(), List.of(Drafts.tensor("w", 2, 1_000)), List.of(Drafts.tensor("adam.m.w", 3, 1_000)));
        try (CheckpointWriter writer = ready(new PublishStages() {
            @Override
            public void beforeCommit() {
                throw new IllegalStateException("crash before the commit");
            }
        })) {
            assertThatThrownBy(() -> writer.publish(draft, Map.of(CURATED, new OffsetAndMetadata(5)), group()))
                    .isInstanceOf(PublishAbortedException.class)
                    .hasMessageContaining("crash before the commit");
        }

        assertNothingIsThere();
    }

    @Test
    void shouldPublishAgainAfterAnAbortOnceInitialised() {
        FailOnce stages = new FailOnce();
        CheckpointDraft draft = Drafts.imported(Drafts.tensor("w", 1, 1_000));
        try (CheckpointWriter writer = ready(stages)) {
            Throwable abort = catchThrowable(() -> writer.publish(draft));
            Throwable tooEarly = catchThrowable(() -> writer.publish(draft));
            writer.initialise();

            Published published = writer.publish(draft);

            assertThat(abort).isInstanceOf(PublishAbortedException.class);
            assertThat(tooEarly).isInstanceOf(IllegalStateException.class).hasMessageContaining("initialise()");
            assertThat(published.version()).isEqualTo(1);
            assertThat(log.fetch(published.manifest(), Set.of(TensorRole.SERVING), Set.of()))
                    .isEqualTo(draft.serving());
        }
    }

    @Test
    void shouldAbortWhenTheManifestIsTooLargeForItsTopic() {
        CheckpointDraft draft =
                CheckpointDraft.imported(Drafts.MODEL, "x".repeat(8_500_000), List.of(Drafts.tensor("w", 1, 10)));
        try (CheckpointWriter writer = ready(PublishStages.none())) {
            assertThatThrownBy(() -> writer.publish(draft)).isInstanceOf(PublishAbortedException.class);
        }

        assertNothingIsThere();
    }

    @Test
    void shouldRefuseToPublishOnceATwinHasTakenOver() {
        try (CheckpointWriter writer = ready(PublishStages.none());
                CheckpointWriter twin = ready(PublishStages.none())) {
            assertThatThrownBy(() -> writer.publish(Drafts.imported(Drafts.tensor("w", 1, 10))))
                    .isInstanceOf(WriterFencedException.class)
                    .hasMessageContaining(TRANSACTIONAL_ID);

            Published published = twin.publish(Drafts.imported(Drafts.tensor("w", 2, 10)));

            assertThat(published.version()).isEqualTo(1);
            assertThat(log.lineage(Drafts.MODEL)).hasSize(1);
        }
    }

    @Test
    void shouldNotTakeATransactionThatOutlivedItsTimeOutForATwin() {
        AtomicBoolean slow = new AtomicBoolean(true);
        PublishStages stages = new PublishStages() {
            @Override
            public void beforeCommit() {
                if (slow.getAndSet(false)) {
                    awaitAbort();
                }
            }
        };
        WriterOptions hasty = SMALL_CHUNKS.withTransactionTimeout(Duration.ofSeconds(1));
        try (CheckpointWriter writer =
                new CheckpointWriter(KAFKA.clientProperties(), TRANSACTIONAL_ID, hasty, stages, CLOCK)) {
            writer.initialise();

            Throwable late = catchThrowable(() -> writer.publish(Drafts.imported(Drafts.tensor("w", 1, 10))));
            writer.initialise();
            Published published = writer.publish(Drafts.imported(Drafts.tensor("w", 1, 10)));

            // By the transactions' protocol that the cluster speaks, it hears that it is fenced or that its state is
            // invalid.
            assertThat(late).isInstanceOf(PublishException.class).isNotInstanceOf(WriterFencedException.class);
            assertThat(published.version()).isEqualTo(1);
        }
    }

    private static void awaitAbort() {
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            await().until(() -> admin.describeTransactions(List.of(TRANSACTIONAL_ID))
                            .description(TRANSACTIONAL_ID)
                            .get()
                            .state()
                    == TransactionState.COMPLETE_ABORT);
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenATwinTakesOverBeforeTheCommit() {
        try (CheckpointWriter twin = new CheckpointWriter(KAFKA.clientProperties(), TRANSACTIONAL_ID);
                CheckpointWriter writer = ready(new PublishStages() {
                    @Override
                    public void beforeCommit() {
                        twin.initialise();
                    }
                })) {
            assertThatThrownBy(() -> writer.publish(
                            Drafts.imported(Drafts.tensor("w", 1, 10)),
                            Map.of(CURATED, new OffsetAndMetadata(5)),
                            group()))
                    .isInstanceOf(WriterFencedException.class);
        }

        assertNothingIsThere();
    }

    @Test
    void shouldHaveCommittedWhenItFailsBetweenCommitAndAcknowledgement() {
        CheckpointDraft draft = Drafts.imported(Drafts.tensor("w", 1, 10));
        try (CheckpointWriter writer = ready(new PublishStages() {
            @Override
            public void afterCommit() {
                throw new IllegalStateException("crash after the commit");
            }
        })) {
            assertThatThrownBy(() -> writer.publish(draft)).hasMessage("crash after the commit");
        }

        try (CheckpointWriter restarted = ready(PublishStages.none())) {
            assertThat(log.latest(Drafts.MODEL)).isPresent();
            Published next = restarted.publish(Drafts.trained(1, List.of(), draft.serving(), List.of()));
            assertThat(next.version()).isEqualTo(2);
            assertThat(next.tensorsSent()).isZero();
        }
    }

    @Test
    void shouldNeverGiveAVersionTwiceEvenIfItsManifestIsGone() {
        try (CheckpointWriter writer = ready(PublishStages.none())) {
            writer.publish(Drafts.imported(Drafts.tensor("w", 1, 10)));
        }
        raw.put(Topics.CHECKPOINTS_MANIFESTS, Drafts.MODEL + "/1", null);

        Published published;
        try (CheckpointWriter restarted = ready(PublishStages.none())) {
            published = restarted.publish(Drafts.imported(Drafts.tensor("w", 2, 10)));
        }

        assertThat(published.version()).isEqualTo(2);
    }

    @Test
    void shouldSendATensorAgainThatWasRemovedByAnother() {
        TensorValue tensor = Drafts.tensor("w", 1, 10);
        try (CheckpointWriter writer = ready(PublishStages.none())) {
            writer.publish(Drafts.imported(tensor));
            raw.put(Topics.CHECKPOINTS_TENSORS, new ChunkKey(tensor.digest(), 0).text(), null);

            Published published = writer.publish(Drafts.imported(tensor));

            assertThat(published.tensorsSent()).isEqualTo(1);
        }
    }

    @Test
    void shouldSendATensorAgainThatIsRemovedWhileItIsPublished() {
        TensorValue tensor = Drafts.tensor("w", 1, 1_000);
        PublishStages removal = new PublishStages() {
            @Override
            public void beforeCommit() {
                raw.put(Topics.CHECKPOINTS_TENSORS, new ChunkKey(tensor.digest(), 1).text(), null);
            }
        };
        try (CheckpointWriter writer = ready(removal)) {
            writer.publish(Drafts.imported(tensor));
        }

        List<String> keys = raw.committedKeys(Topics.CHECKPOINTS_TENSORS);
        assertThat(keys.lastIndexOf(tensor.digest() + "/1")).isGreaterThan(keys.indexOf(tensor.digest() + "/3"));
    }

    @Test
    void shouldNotStartWhileTheLastCheckpointMayBeHidden() {
        WriterOptions impatient = new WriterOptions(1000, Duration.ofMinutes(1), Duration.ofSeconds(5));
        try (Producer<String, SpecificRecord> other =
                        LogClients.transactional(KAFKA.clientProperties(), "other", WriterOptions.defaults());
                CheckpointWriter writer = new CheckpointWriter(
                        KAFKA.clientProperties(), TRANSACTIONAL_ID, impatient, PublishStages.none(), CLOCK)) {
            other.initTransactions();
            other.beginTransaction();
            RawLog.send(
                    other,
                    new ProducerRecord<>(
                            Topics.CHECKPOINTS_LINEAGE.topicName(), "another/1", Manifests.lineage("another", 1)));
            raw.put(Topics.CHECKPOINTS_LINEAGE, Drafts.MODEL + "/7", Manifests.lineage(Drafts.MODEL, 7));

            Throwable hidden = catchThrowable(writer::initialise);
            other.abortTransaction();

            assertThat(hidden)
                    .isInstanceOf(CheckpointUnavailableException.class)
                    .hasMessage("The open transaction of another writer hides a part of checkpoints.lineage");
            try (CheckpointWriter patient = ready(PublishStages.none())) {
                assertThat(patient.publish(Drafts.imported(Drafts.tensor("w", 1, 10)))
                                .version())
                        .isEqualTo(8);
            }
        }
    }

    @Test
    void shouldRefuseAParentThatIsNotOlder() {
        try (CheckpointWriter writer = ready(PublishStages.none())) {
            assertThatThrownBy(() ->
                            writer.publish(Drafts.trained(1, List.of(), List.of(Drafts.tensor("w", 1, 10)), List.of())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Version 1 of capstan-test cannot come from version 1");
        }
    }

    private static CheckpointWriter ready(PublishStages stages) {
        CheckpointWriter writer =
                new CheckpointWriter(KAFKA.clientProperties(), TRANSACTIONAL_ID, SMALL_CHUNKS, stages, CLOCK);
        writer.initialise();
        return writer;
    }

    /** A new writer with the same id settles what a dead one left open; then nothing of it may be visible. */
    private void assertNothingIsThere() {
        try (CheckpointWriter successor = ready(PublishStages.none())) {
            assertThat(raw.committed(Topics.CHECKPOINTS_TENSORS)).isEmpty();
            assertThat(raw.committed(Topics.CHECKPOINTS_MANIFESTS)).isEmpty();
            assertThat(raw.committed(Topics.CHECKPOINTS_LINEAGE)).isEmpty();
            assertThat(committedOffsets()).isEmpty();
            assertThat(log.latest(Drafts.MODEL)).isEmpty();
            assertThat(successor
                            .publish(Drafts.imported(Drafts.tensor("next", 9, 10)))
                            .version())
                    .isEqualTo(1);
        }
    }

    private static ConsumerGroupMetadata group() {
        Map<String, Object> properties = KAFKA.clientProperties();
        properties.put("group.id", GROUP);
        try (Consumer<String, byte[]> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
            return consumer.groupMetadata();
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> committedOffsets() {
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            boolean exists = admin.listGroups().all().get().stream()
                    .anyMatch(group -> group.groupId().equals(GROUP));
            return exists
                    ? admin.listConsumerGroupOffsets(GROUP)
                            .partitionsToOffsetAndMetadata()
                            .get()
                    : Map.of();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class FailOnce implements PublishStages {
        private boolean failed;

        @Override
        public void beforeTensors() {
            if (!failed) {
                failed = true;
                throw new IllegalStateException("first time");
            }
        }
    }
}
