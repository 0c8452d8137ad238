package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.capstan.checkpoints.RecordKeys.ChunkKey;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.LiveAction;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.TensorChunk;
import dev.capstan.schemas.records.TensorEntry;
import dev.capstan.schemas.records.TensorRole;
import dev.capstan.testing.KafkaExtension;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CheckpointLogTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final Set<TensorRole> SERVING = Set.of(TensorRole.SERVING);
    private static final TensorValue TENSOR = Drafts.tensor("weights", 1, 1_000);
    private static final int CHUNK = 1_500;

    private RawLog raw;
    private CheckpointLog log;

    @BeforeEach
    void open() {
        KAFKA.recreateTopics();
        raw = new RawLog(KAFKA.clientProperties());
        log = new CheckpointLog(KAFKA.clientProperties(), new ReadLimits(10_000, 20_000, Duration.ofSeconds(30)));
    }

    @AfterEach
    void close() {
        raw.close();
        log.close();
    }

    @Test
    void shouldFindNothingInAnEmptyLog() {
        assertThat(log.latest(Drafts.MODEL)).isEmpty();
        assertThat(log.manifest(Drafts.MODEL, 1)).isEmpty();
        assertThat(log.manifests()).isEmpty();
        assertThat(log.lineage(Drafts.MODEL)).isEmpty();
        assertThat(log.live(Drafts.MODEL)).isEmpty();
    }

    @Test
    void shouldReadWhereTheHintSays() {
        long offset = putPieces(TENSOR.digest(), TENSOR.bytes(), CHUNK);

        List<TensorValue> tensors = log.fetch(hinted(TENSOR, offset, 3), SERVING, Set.of());

        assertThat(tensors).containsExactly(TENSOR);
        assertThat(log.bytesFetched()).isEqualTo(4_000);
    }

    @Test
    void shouldScanWhenTheHintIsWrong() {
        putPieces(
                Drafts.tensor("other", 2, 100).digest(),
                Drafts.tensor("other", 2, 100).bytes(),
                CHUNK);
        putPieces(TENSOR.digest(), TENSOR.bytes(), CHUNK);

        List<TensorValue> atAnother = log.fetch(hinted(TENSOR, 0, 3), SERVING, Set.of());
        List<TensorValue> beyondTheEnd = log.fetch(hinted(TENSOR, 1_000, 3), SERVING, Set.of());
        List<TensorValue> negative = log.fetch(hinted(TENSOR, -5, 3), SERVING, Set.of());

        assertThat(List.of(atAnother, beyondTheEnd, negative)).allMatch(List.of(TENSOR)::equals);
    }

    @Test
    void shouldScanWhenTheHintNamesAPartitionThatIsNotThere() {
        putPieces(TENSOR.digest(), TENSOR.bytes(), CHUNK);
        TensorEntry entry = Manifests.entry(TENSOR, TensorRole.SERVING, 0);
        entry.setPartition(7);

        List<TensorValue> tensors = log.fetch(Manifests.manifest(Drafts.MODEL, 1, entry), SERVING, Set.of());

        assertThat(tensors).containsExactly(TENSOR);
    }

    @Test
    void shouldFindATensorThatWasSentAgainInOtherPieces() {
        putPieces(TENSOR.digest(), TENSOR.bytes(), 500);
        putPieces(TENSOR.digest(), TENSOR.bytes(), CHUNK);

        List<TensorValue> tensors = log.fetch(hinted(TENSOR, 4, 8), SERVING, Set.of());

        assertThat(tensors).containsExactly(TENSOR);
    }

    @Test
    void shouldTakeTheSoundCopyWhenTheHintedOneIsCorrupt() {
        long corrupt =
                putPieces(TENSOR.digest(), Drafts.tensor("other", 2, 1_000).bytes(), CHUNK);
        putPieces(TENSOR.digest(), TENSOR.bytes(), CHUNK);

        List<TensorValue> tensors = log.fetch(hinted(TENSOR, corrupt, 3), SERVING, Set.of());

        assertThat(tensors).containsExactly(TENSOR);
    }

    @Test
    void shouldRefuseATensorWhoseBytesAreNotThoseOfItsDigest() {
        long offset =
                putPieces(TENSOR.digest(), Drafts.tensor("other", 2, 1_000).bytes(), CHUNK);

        assertThatThrownBy(() -> log.fetch(hinted(TENSOR, offset, 3), SERVING, Set.of()))
                .isInstanceOf(CheckpointRefusedException.class)
                .hasMessage("Tensor weights of capstan-test version 1 does not have the bytes of its digest "
                        + TENSOR.digest());
    }

    @Test
    void shouldRefuseATensorOfWhichAPieceIsMissing() {
        long offset = putPieces(TENSOR.digest(), TENSOR.bytes(), CHUNK);
        raw.put(Topics.CHECKPOINTS_TENSORS, new ChunkKey(TENSOR.digest(), 1).text(), null);
        TensorValue absent = Drafts.tensor("absent", 3, 10);

        Throwable never = catchThrowable(() -> log.fetch(hinted(absent, offset, 3), SERVING, Set.of()));

        assertThat(never)
                .isInstanceOf(CheckpointRefusedException.class)
                .hasMessageContaining("Tensor absent of capstan-test version 1 is not whole in checkpoints.tensors");
    }

    @Test
    void shouldSurvivePiecesThatCannotBeRead() {
        raw.putBytes(Topics.CHECKPOINTS_TENSORS, new ChunkKey(TENSOR.digest(), 0).text(), new byte[] {1, 2, 3});
        raw.putBytes(Topics.CHECKPOINTS_TENSORS, "not a key", new byte[] {0});
        putPieces(TENSOR.digest(), TENSOR.bytes(), CHUNK);

        List<TensorValue> tensors = log.fetch(hinted(TENSOR, 0, 3), SERVING, Set.of());

        assertThat(tensors).containsExactly(TENSOR);
    }

    @Test
    void shouldLeaveOutKnownDigestsAndOtherRoles() {
        TensorValue known = Drafts.tensor("known", 5, 10);
        TensorValue state = Drafts.tensor("adam.m.weights", 6, 10);
        long offset = putPieces(TENSOR.digest(), TENSOR.bytes(), CHUNK);
        CheckpointManifest manifest = Manifests.manifest(
                Drafts.MODEL,
                1,
                Manifests.entry(known, TensorRole.SERVING, 0),
                Manifests.entry(TENSOR, TensorRole.SERVING, offset),
                Manifests.entry(state, TensorRole.TRAINING_STATE, 0));

        List<TensorValue> tensors = log.fetch(manifest, SERVING, Set.of(known.digest()));

        assertThat(tensors).containsExactly(TENSOR);
    }

    @Test
    void shouldNotSeeWhatATransactionHasNotCommitted() {
        try (Producer<String, SpecificRecord> other =
                LogClients.transactional(KAFKA.clientProperties(), "other", WriterOptions.defaults())) {
            other.initTransactions();
            other.beginTransaction();
            RawLog.send(
                    other,
                    new ProducerRecord<>(
                            Topics.CHECKPOINTS_MANIFESTS.topicName(),
                            Drafts.MODEL + "/1",
                            Manifests.manifest(Drafts.MODEL, 1)));

            boolean visibleBefore = log.manifest(Drafts.MODEL, 1).isPresent();
            CheckpointReadException open = log.missing(Drafts.MODEL, 1);
            other.abortTransaction();
            // The broker writes the abort's marker after it has answered.
            CheckpointReadException aborted = Awaitility.await()
                    .until(() -> log.missing(Drafts.MODEL, 1), CheckpointRefusedException.class::isInstance);
            boolean visibleAfter = log.manifest(Drafts.MODEL, 1).isPresent();

            assertThat(visibleBefore).isFalse();
            assertThat(open).isInstanceOf(CheckpointUnavailableException.class);
            assertThat(visibleAfter).isFalse();
            assertThat(aborted).isInstanceOf(CheckpointRefusedException.class);
        }
    }

    @Test
    void shouldHarmOnlyWhoAsksForAManifestThatCannotBeRead() {
        raw.putBytes(Topics.CHECKPOINTS_MANIFESTS, Drafts.MODEL + "/1", new byte[] {9});
        raw.put(Topics.CHECKPOINTS_MANIFESTS, Drafts.MODEL + "/2", Manifests.manifest(Drafts.MODEL, 2));
        raw.put(Topics.CHECKPOINTS_MANIFESTS, Drafts.MODEL + "/3", Manifests.manifest("another", 3));

        assertThat(log.manifest(Drafts.MODEL, 2)).isPresent();
        assertThatThrownBy(() -> log.manifest(Drafts.MODEL, 1)).isInstanceOf(CheckpointRefusedException.class);
        assertThatThrownBy(() -> log.manifest(Drafts.MODEL, 3))
                .isInstanceOf(CheckpointRefusedException.class)
                .hasMessageContaining("is of another version 3");
    }

    @Test
    void shouldFollowParentsToTheFirstVersion() {
        for (long version = 1; version <= 4; version++) {
            CheckpointLineage lineage = Manifests.lineage(Drafts.MODEL, version);
            lineage.setParent(version == 1 ? null : version == 4 ? 2L : version - 1);
            raw.put(Topics.CHECKPOINTS_LINEAGE, Drafts.MODEL + "/" + version, lineage);
        }
        raw.put(Topics.CHECKPOINTS_LINEAGE, "another/9", Manifests.lineage("another", 9));

        assertThat(log.lineage(Drafts.MODEL))
                .extracting(CheckpointLineage::getVersion)
                .containsExactly(1L, 2L, 3L, 4L);
        assertThat(log.lineageChain(Drafts.MODEL, 4))
                .extracting(CheckpointLineage::getVersion)
                .containsExactly(1L, 2L, 4L);
        assertThatThrownBy(() -> log.lineageChain("another", 9)).isInstanceOf(CheckpointRefusedException.class);
    }

    @Test
    void shouldGiveTheNewestLiveRecordOfEachModel() {
        raw.put(Topics.CHECKPOINTS_LIVE, Drafts.MODEL, live(Drafts.MODEL, 1));
        raw.put(Topics.CHECKPOINTS_LIVE, "another", live("another", 7));
        raw.put(Topics.CHECKPOINTS_LIVE, Drafts.MODEL, live(Drafts.MODEL, 2));

        assertThat(log.live(Drafts.MODEL)).map(LiveVersion::getVersion).contains(2L);
        assertThat(log.live()).extracting(LiveVersion::getVersion).containsExactly(7L, 2L);
    }

    @Test
    void shouldGiveUpInTimeWhenTheClusterDoesNotAnswer() {
        Map<String, Object> nowhere = KAFKA.clientProperties();
        nowhere.put("bootstrap.servers", "127.0.0.1:1");
        try (CheckpointLog unreachable =
                new CheckpointLog(nowhere, new ReadLimits(1_000, 1_000, Duration.ofMillis(500)))) {
            Instant start = Clock.systemUTC().instant();

            Throwable failure = catchThrowable(() -> unreachable.latest(Drafts.MODEL));

            assertThat(failure).isInstanceOf(CheckpointUnavailableException.class);
            assertThat(Duration.between(start, Clock.systemUTC().instant())).isLessThan(Duration.ofSeconds(10));
        }
    }

    /** Writes a tensor in pieces, past the writer, and says where the first lies. */
    private long putPieces(String digest, ByteBuffer bytes, int chunk) {
        int chunks = (bytes.remaining() + chunk - 1) / chunk;
        long first = -1;
        for (int i = 0; i < chunks; i++) {
            ByteBuffer piece = bytes.slice(i * chunk, Math.min(chunk, bytes.remaining() - i * chunk));
            long offset = raw.put(
                    Topics.CHECKPOINTS_TENSORS,
                    new ChunkKey(digest, i).text(),
                    new TensorChunk(digest, i, chunks, piece));
            first = i == 0 ? offset : first;
        }
        return first;
    }

    private static CheckpointManifest hinted(TensorValue tensor, long firstOffset, int chunks) {
        TensorEntry entry = Manifests.entry(tensor, TensorRole.SERVING, firstOffset);
        entry.setChunks(chunks);
        return Manifests.manifest(Drafts.MODEL, 1, entry);
    }

    private static LiveVersion live(String model, long version) {
        return new LiveVersion(model, version, LiveAction.PROMOTE, "better", "test", Instant.EPOCH);
    }
}
