package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.testing.KafkaExtension;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CheckpointRetentionTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final Duration GRACE = Duration.ofMinutes(10);
    private static final TensorValue FROZEN = Drafts.tensor("frozen", 1_000, 100);

    private final MovableClock clock = new MovableClock();
    private CheckpointWriter writer;
    private CheckpointLog log;
    private Promotion promotion;
    private RawLog raw;

    @BeforeEach
    void open() {
        KAFKA.recreateTopics();
        writer = writer("trainer");
        log = new CheckpointLog(KAFKA.clientProperties());
        promotion = new Promotion(KAFKA.clientProperties());
        raw = new RawLog(KAFKA.clientProperties());
    }

    @AfterEach
    void close() {
        writer.close();
        log.close();
        promotion.close();
        raw.close();
    }

    @Test
    void shouldRemoveOldManifestsAtOnceAndTheirTensorsAfterTheGrace() {
        publish(5);
        try (CheckpointRetention retention = retention(3, 100)) {
            RetentionReport first = retention.run();
            clock.advance(GRACE.minusMillis(1));
            RetentionReport early = retention.run();
            clock.advance(Duration.ofMillis(1));

            RetentionReport last = retention.run();

            assertThat(first.manifestsRemoved()).containsExactly(1L, 2L);
            assertThat(first.tensorsRemoved()).isZero();
            // Two serving tensors of the versions that are gone, three training states that are too old.
            assertThat(first.tensorsWaiting()).isEqualTo(5);
            assertThat(early.tensorsRemoved()).isZero();
            assertThat(last).isEqualTo(new RetentionReport(List.of(), 5, 0, false));
            assertThat(log.manifests())
                    .extracting(manifest -> manifest.getLineage().getVersion())
                    .containsExactly(3L, 4L, 5L);
            assertThat(log.lineage(Drafts.MODEL))
                    .extracting(CheckpointLineage::getVersion)
                    .containsExactly(1L, 2L, 3L, 4L, 5L);
        }
    }

    @Test
    void shouldKeepAllThatRetainedLiveAndPinnedVersionsNeed() {
        publish(8);
        promotion.promote(Drafts.MODEL, 2, "good", "test");
        RetentionPolicy policy = new RetentionPolicy(3, 2, Set.of(4L), GRACE, Duration.ofMinutes(1), 100);
        try (CheckpointRetention retention =
                new CheckpointRetention(writer, KAFKA.clientProperties(), Drafts.MODEL, policy, clock)) {
            retention.run();
            clock.advance(GRACE);

            retention.run();

            assertThat(log.manifests())
                    .extracting(manifest -> manifest.getLineage().getVersion())
                    .containsExactly(2L, 4L, 6L, 7L, 8L);
            assertThat(kept())
                    .containsExactlyInAnyOrder(
                            FROZEN.digest(),
                            learnt(2).digest(),
                            moment(2).digest(),
                            learnt(4).digest(),
                            moment(4).digest(),
                            learnt(6).digest(),
                            learnt(7).digest(),
                            moment(7).digest(),
                            learnt(8).digest(),
                            moment(8).digest());
        }
    }

    @Test
    void shouldNotRemoveATensorThatIsNamedAgainWithinTheGrace() {
        publish(5);
        TensorValue ofVersionOne = learnt(1);
        try (CheckpointRetention retention = retention(3, 100)) {
            retention.run();
            Published again = writer.publish(Drafts.trained(5, List.of(), List.of(FROZEN, ofVersionOne), List.of()));
            clock.advance(GRACE);

            retention.run();

            assertThat(again.tensorsSent()).isZero();
            assertThat(kept())
                    .contains(ofVersionOne.digest())
                    .doesNotContain(learnt(2).digest());
        }
    }

    @Test
    void shouldSendARemovedTensorAgainWhenItIsNeededAgain() {
        publish(5);
        try (CheckpointRetention retention = retention(3, 100)) {
            retention.run();
            clock.advance(GRACE);
            retention.run();

            Published again = writer.publish(Drafts.trained(5, List.of(), List.of(FROZEN, learnt(1)), List.of()));

            assertThat(again.tensorsSent()).isEqualTo(1);
            assertThat(kept()).contains(learnt(1).digest());
        }
    }

    @Test
    void shouldKeepWhatAnotherModelNames() {
        publish(5);
        try (CheckpointWriter other = writer("other-trainer");
                CheckpointRetention retention = retention(3, 100)) {
            Published shared =
                    other.publish(CheckpointDraft.imported("another", Drafts.ARCHITECTURE, List.of(learnt(1))));
            retention.run();
            clock.advance(GRACE);

            RetentionReport report = retention.run();

            assertThat(shared.tensorsSent()).isZero();
            assertThat(report.tensorsRemoved()).isEqualTo(4);
            assertThat(kept()).contains(learnt(1).digest());
        }
    }

    @Test
    void shouldRemoveAtMostTheBoundInOneRun() {
        publish(6);
        try (CheckpointRetention retention = retention(2, 2)) {
            RetentionReport first = retention.run();
            RetentionReport second = retention.run();
            clock.advance(GRACE);
            RetentionReport third = retention.run();

            assertThat(first.manifestsRemoved()).containsExactly(1L, 2L);
            assertThat(second.manifestsRemoved()).containsExactly(3L, 4L);
            assertThat(third.tensorsRemoved()).isEqualTo(2);
            assertThat(third.tensorsWaiting()).isEqualTo(6);
        }
    }

    @Test
    void shouldRemoveNothingOnceATwinHasTakenOver() {
        publish(5);
        try (CheckpointRetention retention = retention(3, 100);
                CheckpointWriter twin = writer("trainer")) {
            assertThatThrownBy(retention::run).isInstanceOf(WriterFencedException.class);

            assertThat(log.manifests()).hasSize(5);
            assertThat(twin.publish(Drafts.imported(FROZEN)).version()).isEqualTo(6);
        }
    }

    @Test
    void shouldLeaveEverythingWhenAManifestCannotBeRead() {
        publish(5);
        raw.putBytes(Topics.CHECKPOINTS_MANIFESTS, "another/1", new byte[] {1});
        try (CheckpointRetention retention = retention(3, 100)) {
            assertThatThrownBy(retention::run).isInstanceOf(CheckpointRefusedException.class);

            assertThat(log.manifest(Drafts.MODEL, 1)).isPresent();
        }
    }

    private CheckpointWriter writer(String transactionalId) {
        CheckpointWriter opened = new CheckpointWriter(
                KAFKA.clientProperties(), transactionalId, WriterOptions.defaults(), PublishStages.none(), clock);
        opened.initialise();
        return opened;
    }

    private CheckpointRetention retention(int manifests, int maxTombstones) {
        return new CheckpointRetention(
                writer,
                KAFKA.clientProperties(),
                Drafts.MODEL,
                new RetentionPolicy(manifests, 2, Set.of(), GRACE, Duration.ofMinutes(1), maxTombstones),
                clock);
    }

    /** Versions that share one frozen tensor; each has one learnt tensor and one moment of its own. */
    private void publish(int versions) {
        for (int version = 1; version <= versions; version++) {
            writer.publish(
                    Drafts.trained(version - 1, List.of(), List.of(FROZEN, learnt(version)), List.of(moment(version))));
        }
    }

    private static TensorValue learnt(long version) {
        return Drafts.tensor("w", version, 10);
    }

    private static TensorValue moment(long version) {
        return Drafts.tensor("adam.m.w", 200 + version, 10);
    }

    /** Digests of the tensors that compaction would leave; all of these have one piece. */
    private Set<String> kept() {
        return raw.keptKeys(Topics.CHECKPOINTS_TENSORS).stream()
                .map(key -> key.substring(0, key.indexOf('/')))
                .collect(Collectors.toSet());
    }
}
