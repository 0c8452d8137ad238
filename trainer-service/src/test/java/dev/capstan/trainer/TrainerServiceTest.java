package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.checkpoints.Promotion;
import dev.capstan.schemas.TakedownKeys;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.CrawledCount;
import dev.capstan.schemas.records.LiveAction;
import dev.capstan.schemas.records.PartitionOffset;
import dev.capstan.schemas.records.Shard;
import dev.capstan.schemas.records.TensorEntry;
import dev.capstan.schemas.records.TrainingMode;
import dev.capstan.testing.KafkaExtension;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole trainer on a real broker, with a model that remembers what it was trained on. */
class TrainerServiceTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private final FakeModels models = new FakeModels(TrainingMode.JOINT);
    private TrainerContext context;

    @BeforeEach
    void setUp() {
        KAFKA.recreateTopics();
        context = new TrainerContext(KAFKA);
    }

    @AfterEach
    void tearDown() {
        context.close();
    }

    @Test
    void shouldImportTheBaseWeightsAsVersionOneAndPromoteIt() {
        context.holdOut(5, "a text");

        context.startAndAwaitReady(models);

        context.awaitLive(1);
        CheckpointLineage lineage = context.latest().getLineage();
        assertThat(lineage.getVersion()).isEqualTo(1);
        assertThat(lineage.getParent()).isNull();
        assertThat(lineage.getMode()).isEqualTo(TrainingMode.IMPORTED);
        assertThat(lineage.getStep()).isZero();
        assertThat(lineage.getEvaluation().getHeldoutPairs()).isEqualTo(5);
        assertThat(lineage.getEvaluation().getRecallAt1()).isEqualTo(0.5);
    }

    @Test
    void shouldTrainEachPairOnceAndSayExactlyWhich() {
        context.startAndAwaitReady(models);
        context.curate(61);
        context.curateAborted(7);
        context.curate(40);

        context.awaitPublished(101);

        assertThat(context.seen()).isEqualTo(context.numbersWritten());
        assertThat(context.violations()).isEmpty();
        CheckpointLineage lineage = context.latest().getLineage();
        assertThat(lineage.getMode()).isEqualTo(TrainingMode.JOINT);
        assertThat(lineage.getPolicyVersions()).containsExactly("policy-1");
        assertThat(lineage.getLosses()).isNotEmpty();
        assertThat(lineage.getCrawled().stream()
                        .mapToLong(CrawledCount::getPairs)
                        .sum())
                .isEqualTo(lineage.getPairs());
        assertThat(context.pairsOfEveryAge()).isEqualTo(101);
        assertThat(models.largestBatch()).isLessThanOrEqualTo(8);
    }

    @Test
    void shouldGoOnFromTheManifestAfterARestart() {
        context.curate(30);
        try (TrainerService first = context.startAndAwaitReady(models)) {
            context.awaitPublished(30);
            assertThat(first.isLive()).isTrue();
        }
        long stepsBefore = context.latest().getLineage().getStep();
        context.curate(25);

        context.startAndAwaitReady(models);

        context.awaitPublished(55);
        assertThat(context.seen()).isEqualTo(context.numbersWritten());
        assertThat(context.violations()).isEmpty();
        assertThat(context.latest().getLineage().getStep()).isGreaterThan(stepsBefore);
    }

    @Test
    void shouldPublishWhatItTrainedWhenItIsStopped() {
        context.with("trainer.checkpoint-interval", "1h");
        TrainerService trainer = context.startAndAwaitReady(models);
        context.curate(24);
        await().atMost(TrainerContext.PATIENCE)
                .until(() -> context.count("capstan.trainer.pairs", "fate", "trained") >= 24);

        trainer.close();

        assertThat(context.seen()).isEqualTo(context.numbersWritten());
        assertThat(context.violations()).isEmpty();
    }

    @Test
    void shouldCommitTheOffsetsOfTheManifestToTheGroup() throws Exception {
        context.startAndAwaitReady(models);
        context.curate(16);
        context.awaitPublished(16);
        Map<Integer, Long> manifest = context.latest().getLineage().getOffsets().stream()
                .collect(Collectors.toMap(PartitionOffset::getPartition, PartitionOffset::getOffset));

        Map<Integer, Long> group;
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            group =
                    admin
                            .listConsumerGroupOffsets("capstan-trainer")
                            .partitionsToOffsetAndMetadata()
                            .get()
                            .entrySet()
                            .stream()
                            .collect(Collectors.toMap(
                                    entry -> entry.getKey().partition(),
                                    entry -> entry.getValue().offset()));
        }

        assertThat(group).isEqualTo(manifest).hasSize(TrainerContext.PARTITIONS);
    }

    @Test
    void shouldLoadTheLastCheckpointWhenItsPartitionsAreTakenAway() throws Exception {
        context.with("trainer.checkpoint-interval", "2s");
        context.startAndAwaitReady(models);
        context.curate(20);
        context.awaitPublished(20);
        context.curate(20);
        await().atMost(TrainerContext.PATIENCE)
                .until(() -> context.count("capstan.trainer.pairs", "fate", "trained") >= 40);

        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            admin.removeMembersFromConsumerGroup(
                            "capstan-trainer",
                            new RemoveMembersFromConsumerGroupOptions(
                                    List.of(new MemberToRemove("capstan-trainer-capstan-demo"))))
                    .all()
                    .get();
        }

        await().atMost(TrainerContext.PATIENCE).until(() -> context.count("capstan.trainer.reloads") >= 1);
        context.curate(10);
        context.awaitPublished(50);
        assertThat(context.seen()).isEqualTo(context.numbersWritten());
        assertThat(context.violations()).isEmpty();
        assertThat(models.open()).isEqualTo(1);
    }

    @Test
    void shouldEndWhenATwinTakesOver() throws Exception {
        TrainerService first = context.startAndAwaitReady(models);
        context.curate(20);
        context.awaitPublished(20);

        context.startAndAwaitReady(new FakeModels(TrainingMode.JOINT));

        context.curate(20);
        int exitCode = first.awaitTermination();
        assertThat(exitCode).isEqualTo(TrainerLoop.Ending.FENCED.exitCode()).isNotZero();
        context.awaitPublished(40);
        assertThat(context.seen()).isEqualTo(context.numbersWritten());
        assertThat(context.violations()).isEmpty();
    }

    @Test
    void shouldPassOverRecordsThatAreNoPairs() {
        context.startAndAwaitReady(models);
        context.curate(10);
        context.curate(new byte[] {9, 9, 9});
        context.curate(context.withBrokenPicture());
        context.curate((byte[]) null);
        context.curate(10);

        context.awaitPublished(23);

        assertThat(context.seen()).isEqualTo(context.numbersWritten());
        assertThat(context.count("capstan.trainer.pairs", "fate", "unreadable")).isEqualTo(3);
        assertThat(context.violations()).isEmpty();
    }

    @Test
    void shouldReadPastWhatIsTakenDownBeforeAndMeanwhile() {
        context.takeDown(TakedownKeys.ofPair("pair-3"));
        context.startAndAwaitReady(models);
        context.curate(10);
        context.awaitPublished(10);
        context.takeDown(TakedownKeys.ofPair("pair-14"));
        await("second takedown").until(() -> context.gauge("capstan.trainer.takedowns") == 2);
        context.curate(10);

        context.awaitPublished(20);

        assertThat(context.seen()).doesNotContain(3L, 14L).hasSize(18).doesNotHaveDuplicates();
        assertThat(context.count("capstan.trainer.pairs", "fate", "taken-down")).isEqualTo(2);
        assertThat(context.violations()).isEmpty();
    }

    @Test
    void shouldRefuseAnUpdateWithoutAFiniteLossAndGoOn() {
        models.poison("pair-3");
        context.startAndAwaitReady(models);
        context.curate(40);

        context.awaitPublished(40);

        List<Long> seen = context.seen();
        assertThat(seen).doesNotContain(3L).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(32);
        assertThat(context.count("capstan.trainer.pairs", "fate", "refused")).isEqualTo(40 - seen.size());
    }

    @Test
    void shouldLoadTheLastCheckpointWhenUpdatesAreRefusedInARow() {
        context.with("trainer.refused-updates", "1");
        models.poison("pair-21");
        context.startAndAwaitReady(models);
        context.curate(20);
        context.awaitPublished(20);
        context.curate(20);

        await().atMost(TrainerContext.PATIENCE).until(() -> context.count("capstan.trainer.reloads") >= 1);

        models.cure("pair-21");
        context.awaitPublished(40);
        assertThat(context.seen()).isEqualTo(context.numbersWritten());
        assertThat(context.violations()).isEmpty();
    }

    @Test
    void shouldEndWhenNothingGetsOn() throws Exception {
        context.with("trainer.refused-updates", "1").with("trainer.fruitless-loads", "2");
        models.poison("pair-0");
        TrainerService trainer = context.startAndAwaitReady(models);
        context.curate(4);

        int exitCode = trainer.awaitTermination();

        assertThat(exitCode).isEqualTo(TrainerLoop.Ending.FAILED.exitCode());
        assertThat(models.open()).isZero();
    }

    @Test
    void shouldSendNothingButTheProjectionInLimberMode() {
        context.with("trainer.mode", "limber");
        context.startAndAwaitReady(new FakeModels(TrainingMode.LIMBER));
        Map<String, String> before = digests(context.latest());
        context.curate(16);
        context.awaitPublished(16);

        CheckpointManifest after = context.latest();

        assertThat(after.getLineage().getMode()).isEqualTo(TrainingMode.LIMBER);
        assertThat(digests(after).get(FakeModels.ENCODER)).isEqualTo(before.get(FakeModels.ENCODER));
        assertThat(digests(after).get(FakeModels.PROJECTION)).isNotEqualTo(before.get(FakeModels.PROJECTION));
        long seen = bytes(after, FakeModels.SEEN);
        assertThat(after.getLineage().getBytesPublished()).isEqualTo(4L * FakeModels.PROJECTION_FLOATS + seen);
    }

    @Test
    void shouldListReplayedPairsApart() {
        context.with("trainer.replay-fraction", "0.5").with("trainer.replay-run", "2");
        context.startAndAwaitReady(models);
        context.curate(60);

        context.awaitPublished(60);

        long replayed = context.lineage().stream()
                .flatMap(lineage -> lineage.getReplayed().stream())
                .mapToLong(Shard::getPairs)
                .sum();
        assertThat(replayed).isPositive().isEqualTo(context.seen().size() - 60);
        assertThat(context.seen()).containsAll(context.numbersWritten());
        assertThat(context.violations()).isEmpty();
    }

    @Test
    void shouldFillALateBatchThatIsTooSmallWithReplayedPairs() {
        context.with("trainer.minimum-batch", "6");
        context.startAndAwaitReady(models);
        context.curate(16);
        context.awaitPublished(16);
        context.curate(1);

        context.awaitPublished(17);

        CheckpointLineage lineage = context.latest().getLineage();
        assertThat(lineage.getPairs()).isEqualTo(1);
        assertThat(lineage.getReplayed().stream().mapToLong(Shard::getPairs).sum())
                .isEqualTo(5);
        assertThat(context.violations()).isEmpty();
    }

    @Test
    void shouldLetALonePairWaitForCompanyWhereAStepNeedsTwo() {
        models.needAtLeast(2);
        context.startAndAwaitReady(models);
        context.curate(1);
        await().atMost(TrainerContext.PATIENCE).until(() -> context.gauge("capstan.trainer.queue.pairs") == 0);
        context.curate(1);

        context.awaitPublished(2);

        assertThat(context.lineage()).hasSize(2);
        assertThat(context.seen()).isEqualTo(context.numbersWritten());
        assertThat(context.violations()).isEmpty();
    }

    @Test
    void shouldNotPromoteACheckpointWhoseRecallFell() {
        models.recallsNext(0.5, 0.1, 0.45);
        context.with("trainer.heldout-time-share", "1");
        context.holdOut(5, "a text");
        context.startAndAwaitReady(models);
        context.awaitLive(1);
        context.curate(8);
        context.awaitPublished(8);
        await().atMost(TrainerContext.PATIENCE)
                .until(() -> context.count("capstan.trainer.promotions", "decision", "held") >= 1);
        long liveAfterTheFall = context.liveVersion();

        context.curate(8);

        context.awaitPublished(16);
        context.awaitLive(3);
        assertThat(liveAfterTheFall).isEqualTo(1);
    }

    @Test
    void shouldLeaveARollbackInPlace() {
        context.startAndAwaitReady(models);
        context.curate(8);
        context.awaitPublished(8);
        context.awaitLive(2);
        try (Promotion promotion = new Promotion(KAFKA.clientProperties())) {
            promotion.rollback("capstan-demo", 1, "captions got worse", "a person");
        }

        context.curate(8);

        context.awaitPublished(16);
        await().atMost(TrainerContext.PATIENCE)
                .until(() -> context.count("capstan.trainer.promotions", "decision", "held") >= 1);
        assertThat(context.log().live("capstan-demo").orElseThrow().getAction()).isEqualTo(LiveAction.ROLLBACK);
        assertThat(context.liveVersion()).isEqualTo(1);
    }

    private static Map<String, String> digests(CheckpointManifest manifest) {
        return manifest.getTensors().stream().collect(Collectors.toMap(TensorEntry::getName, TensorEntry::getDigest));
    }

    private static long bytes(CheckpointManifest manifest, String name) {
        return manifest.getTensors().stream()
                .filter(entry -> entry.getName().equals(name))
                .mapToLong(TensorEntry::getBytes)
                .sum();
    }
}
