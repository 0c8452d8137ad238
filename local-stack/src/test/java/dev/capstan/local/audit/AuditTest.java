package dev.capstan.local.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRanking;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.PartitionOffset;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.schemas.records.RejectedRequest;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.schemas.records.Shard;
import dev.capstan.schemas.records.StepLoss;
import dev.capstan.schemas.records.TrainingMode;
import dev.capstan.testing.KafkaExtension;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Every figure is worked out by hand from what the test writes. Times are seconds after {@link #START}. */
class AuditTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final String MODEL = "capstan-demo";

    /** Not a fixed date: Kafka deletes what is older than its topic's retention. */
    private static final Instant START = anHourAgo();

    private static final ByteBuffer IMAGE = ByteBuffer.wrap(new byte[] {1, 2, 3});

    private TopicWriter writer;

    @BeforeEach
    void openTopics() {
        KAFKA.recreateTopics();
        writer = new TopicWriter(KAFKA, "audit-test");
    }

    @AfterEach
    void closeWriter() {
        writer.close();
    }

    @Test
    void shouldCountPairsByWhatBecameOfThem() {
        for (int i = 0; i < 7; i++) {
            crawled(i % 4, "pair-" + i);
        }
        writer.raw(Topics.PAIRS_CRAWLED, 0, at(0), "poison", new byte[] {9, 9});
        curated(0, "pair-0", 0);
        curated(1, "pair-1", 0);
        writer.write(Topics.PAIRS_HELDOUT, 0, at(0), "pair-2", pair("pair-2", 0));
        rejected("pair-3", "image-too-small");
        rejected("never-fetched", "fetch-gone", "pairs.located");
        rejected("pair-4", "image-too-small");
        rejected("pair-5", "text-too-short");
        writer.commit();
        crawled(0, "aborted");
        curated(0, "aborted", 0);
        writer.abort();

        Report.Pairs pairs = audit(at(100)).pairs();

        assertThat(pairs.crawled()).isEqualTo(8);
        assertThat(pairs.curated()).isEqualTo(2);
        assertThat(pairs.heldout()).isEqualTo(1);
        assertThat(pairs.rejected()).containsExactly(entry("image-too-small", 2L), entry("text-too-short", 1L));
    }

    @Test
    void shouldAddUpTrainingAndListCheckpoints() {
        curated(0, "a", 0);
        curated(0, "b", 0);
        curated(0, "c", 0);
        lineage(version(1, null, 0).build());
        lineage(version(2, 1L, 10)
                .shard(0, 0, 1, 2)
                .positions(2)
                .seconds(4)
                .bytes(500, 9000)
                .loss(5, 2.5, 3.5)
                .loss(10, 2.0, null)
                .heldout(0.25, 0.5)
                .build());
        lineage(version(3, 2L, 15)
                .shard(0, 2, 2, 1)
                .positions(3)
                .seconds(2)
                .bytes(700, 9100)
                .loss(15, null, 3.0)
                .build());
        writer.commit();

        Report report = audit(at(100));

        assertThat(report.training())
                .isEqualTo(new Report.Training(
                        3,
                        15,
                        0.5,
                        List.of(
                                new Report.Loss(5, 2.5, 3.5),
                                new Report.Loss(10, 2.0, null),
                                new Report.Loss(15, null, 3.0))));
        Report.NewConcepts unmeasured = new Report.NewConcepts(null, null, 0, 0);
        assertThat(report.checkpoints())
                .containsExactly(
                        new Report.Checkpoint(1, 0, 0, 0, new Report.Heldout(null, null), unmeasured),
                        new Report.Checkpoint(2, 10, 500, 9000, new Report.Heldout(0.25, 0.5), unmeasured),
                        new Report.Checkpoint(3, 15, 700, 9100, new Report.Heldout(null, null), unmeasured));
        assertThat(report.violations()).isEmpty();
    }

    @Test
    void shouldNameWhatContradictsTheLineage() {
        curated(0, "a", 0);
        curated(0, "b", 0);
        curated(0, "c", 0);
        lineage(version(1, null, 0).build());
        lineage(version(2, 1L, 10).shard(0, 0, 1, 2).positions(2).build());
        lineage(version(3, 2L, 20).shard(0, 1, 2, 2).positions(3).build());
        writer.commit();

        List<String> violations = audit(at(100)).violations();

        assertThat(violations)
                .singleElement()
                .asString()
                .startsWith("OVERLAP in version 3")
                .contains("1..1");
    }

    @Test
    void shouldMeasureProbesByTheVersionThatAnswered() {
        for (String animal : List.of("cat", "dog", "red panda")) {
            probe("c1-" + animal, "l1-" + animal, animal);
            probe("c2-" + animal, "l2-" + animal, animal);
        }
        lineage(version(1, null, 0).build());
        lineage(version(2, 1L, 10).build());
        captioned("c1-cat", "a thing", 1, 0, 0);
        captioned("c1-dog", "a thing", 1, 0, 0);
        captioned("c1-red panda", "Red  Panda ", 1, 0, 0);
        captioned("c2-cat", "cat", 2, 0, 0);
        captioned("c2-dog", "a dog", 2, 0, 0);
        classified("l1-cat", "dog", 1, 0, 0);
        classified("l1-dog", "cat", 1, 0, 0);
        // The second round of this picture was still answered by the first version.
        classified("l2-red panda", "red panda", 1, 0, 0);
        classified("l2-cat", "cat", 2, 0, 0);
        writer.commit();

        List<Report.Checkpoint> checkpoints = audit(at(100)).checkpoints();

        assertThat(checkpoints)
                .extracting(Report.Checkpoint::newConcepts)
                .containsExactly(
                        new Report.NewConcepts(1.0 / 3, 1.0 / 3, 3, 3), new Report.NewConcepts(1.0, 0.5, 1, 2));
    }

    @Test
    void shouldCountAnswersDuplicatesAndRefusals() {
        for (int i = 0; i < 5; i++) {
            writer.write(
                    Topics.REQUESTS_CLASSIFY,
                    i % 4,
                    at(i),
                    "r" + i,
                    new ClassifyRequest("r" + i, IMAGE, List.of("cat"), null, null, 5, at(i)));
        }
        classified("r0", "cat", 1, 0, 0.010);
        classified("r1", "cat", 1, 1, 1.030);
        classified("r2", "cat", 1, 2, 2.020);
        classified("r2", "cat", 1, 2, 9);
        classified("stranger", "cat", 1, 2, 9);
        writer.write(
                Topics.REQUESTS_REJECTED,
                0,
                at(3),
                "requests.classify-3-0",
                new RejectedRequest("r3", "image-undecodable", "It is broken.", "requests.classify", 3, 0L, at(3)));
        writer.commit();
        classified("r4", "cat", 1, 4, 5);
        writer.abort();

        Report report = audit(at(100));

        assertThat(report.requests().classify()).isEqualTo(new Report.Answers(5, 3, 1, 1, 20L, 30L));
        assertThat(report.requests().caption()).isEqualTo(new Report.Answers(0, 0, 0, 0, null, null));
        assertThat(report.violations())
                .containsExactly("events.classifications holds 1 answers to requests that nobody asked");
    }

    @Test
    void shouldMeasureFreshnessToTheFirstServedVersionThatHoldsThePair() {
        curated(0, "a", 0);
        curated(0, "b", 10);
        curated(1, "c", 20);
        curated(1, "d", 21);
        curated(1, "never trained", 22);
        lineage(version(1, null, 0).build());
        lineage(version(2, 1L, 10).shard(0, 0, 1, 2).build());
        lineage(version(3, 2L, 20).shard(1, 0, 0, 1).build());
        lineage(version(4, 3L, 30).shard(1, 1, 1, 1).build());
        reload(1, ReloadOutcome.SERVING, 1, 1);
        // Version 2 fails: its pairs are served from version 3 on. Version 4 is never served.
        reload(2, ReloadOutcome.FAILED, 25, 26);
        reload(3, ReloadOutcome.SERVING, 30, 31);
        writer.commit();

        Report.Freshness freshness = audit(at(100)).freshnessSeconds();

        // a: 31 - 0, b: 31 - 10, c: 31 - 20
        assertThat(freshness).isEqualTo(new Report.Freshness(21.0, 31.0, 1));
    }

    @Test
    void shouldNotTakeAForkForAVersionThatHoldsThePair() {
        curated(0, "a", 0);
        curated(0, "b", 0);
        lineage(version(1, null, 0).build());
        lineage(version(2, 1L, 10).shard(0, 0, 0, 1).build());
        // Goes on from version 1 and has not learnt what version 2 did.
        lineage(version(3, 1L, 10).shard(1, 0, 0, 1).build());
        curated(1, "c", 0);
        reload(3, ReloadOutcome.SERVING, 30, 31);
        writer.commit();

        Report.Freshness freshness = audit(at(100)).freshnessSeconds();

        assertThat(freshness).isEqualTo(new Report.Freshness(31.0, 31.0, 1));
    }

    @Test
    void shouldMeasureReloadsFromPublicationAndFromDecision() {
        lineage(version(1, null, 0).published(2).build());
        lineage(version(2, 1L, 10).published(20).build());
        reload(1, ReloadOutcome.SERVING, 2.1, 2.5);
        reload(2, ReloadOutcome.SERVING, 20.2, 20.75);
        reload(1, ReloadOutcome.SERVING, 60, 60.5);
        reload(2, ReloadOutcome.FAILED, 70, 71);
        writer.commit();

        List<Report.Reload> reloads = audit(at(100)).reloads();

        assertThat(reloads)
                .containsExactly(
                        new Report.Reload(1, "inference-1", 500, 400),
                        new Report.Reload(2, "inference-1", 750, 550),
                        new Report.Reload(1, "inference-1", 58_500, 500));
    }

    @Test
    void shouldMeasureLagByTheOldestRecordThatIsNotCommitted() {
        curated(0, "a", 0);
        curated(0, "b", 40);
        curated(1, "c", 30);
        writer.commit();
        writer.offsets("capstan-trainer", Topics.PAIRS_CURATED, 1, 0, 0, 0);
        writer.write(
                Topics.REQUESTS_CAPTION,
                0,
                at(90),
                "r",
                new CaptionRequest("r", IMAGE, null, 24, 1, CaptionRanking.LIKELIHOOD, at(90)));
        // Read to the end: what follows the record is only the marker of its transaction.
        writer.offsets("capstan-inference", Topics.REQUESTS_CAPTION, 1, 0, 0, 0);
        writer.commit();

        Map<String, Double> lags = audit(at(100)).lagSeconds();

        assertThat(lags)
                .containsOnly(
                        entry("pairs.crawled", 0.0),
                        entry("pairs.curated", 70.0),
                        entry("requests.caption", 0.0),
                        entry("requests.classify", 0.0));
    }

    @Test
    void shouldPassOverOtherModels() {
        CheckpointLineage other = version(1, null, 0).build();
        other.setModel("another");
        lineage(other);
        writer.commit();

        List<Report.Checkpoint> checkpoints = audit(at(100)).checkpoints();

        assertThat(checkpoints).isEmpty();
    }

    @Test
    void shouldFindNoDifferenceToItsOwnReport(@TempDir Path directory) {
        someRun();
        Path file = directory.resolve("report.json");
        Report.Environment environment = new Report.Environment(
                "run", "emoji", 20, 21.5, 2, new TreeMap<>(Map.of("broker", 180L)), List.of(900L), 0);
        ReportFile.write(audit(at(100)).with(environment), file);

        List<String> differences = ReportFile.read(file).differences(audit(at(100)));

        assertThat(differences).isEmpty();
    }

    @Test
    void shouldNameEveryFieldOfAReportThatWasChanged(@TempDir Path directory) throws Exception {
        someRun();
        Path file = directory.resolve("report.json");
        ReportFile.write(audit(at(100)), file);
        String text = Files.readString(file).replace("\"crawled\" : 1", "\"crawled\" : 900");
        Files.writeString(file, text.replace("\"recallAt1\" : 0.5", "\"recallAt1\" : 0.9"), StandardCharsets.UTF_8);

        List<String> differences = ReportFile.read(file).differences(audit(at(100)));

        assertThat(differences)
                .containsExactly(
                        "checkpoints[1].heldout.recallAt1: the report says 0.9, the topics say 0.5",
                        "pairs.crawled: the report says 900, the topics say 1");
    }

    private static Instant anHourAgo() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).minus(Duration.ofHours(1));
    }

    private void someRun() {
        crawled(0, "a");
        curated(0, "a", 0);
        lineage(version(1, null, 0).build());
        lineage(version(2, 1L, 3).shard(0, 0, 0, 1).seconds(3).heldout(0.1, 0.5).build());
        reload(2, ReloadOutcome.SERVING, 30, 31);
        probe("c", "l", "cat");
        captioned("c", "cat", 2, 1, 1.5);
        writer.commit();
    }

    private Report audit(Instant now) {
        KafkaSettings settings = new KafkaSettings(KAFKA.bootstrapServers(), KAFKA.registryUrl(), Map.of());
        return new Audit(settings, MODEL, topic -> {}).run(now);
    }

    private static Instant at(double seconds) {
        return START.plusMillis(Math.round(seconds * 1000));
    }

    private void crawled(int partition, String id) {
        writer.write(
                Topics.PAIRS_CRAWLED,
                partition,
                at(0),
                id,
                new CrawledPair(id, null, "a cat", IMAGE, null, Map.of(), "test", at(0)));
    }

    private void curated(int partition, String id, double crawledAt) {
        writer.write(Topics.PAIRS_CURATED, partition, at(crawledAt), id, pair(id, crawledAt));
    }

    private static CuratedPair pair(String id, double crawledAt) {
        return CuratedPair.newBuilder()
                .setPairId(id)
                .setText("a cat")
                .setImage(IMAGE)
                .setImageFormat("png")
                .setWidth(1)
                .setHeight(1)
                .setContentDigest("d")
                .setPerceptualHash(0)
                .setPolicyVersion("1")
                .setSource("test")
                .setCrawledAt(at(crawledAt))
                .setCuratedAt(at(crawledAt))
                .build();
    }

    private void rejected(String id, String rule) {
        rejected(id, rule, "pairs.crawled");
    }

    private void rejected(String id, String rule, String topic) {
        writer.write(
                Topics.PAIRS_REJECTED,
                0,
                at(0),
                id,
                RejectedPair.newBuilder()
                        .setPairId(id)
                        .setRule(rule)
                        .setDetail("No.")
                        .setPolicyVersion("1")
                        .setTopic(topic)
                        .setPartition(0)
                        .setOffset(0)
                        .setRejectedAt(at(0))
                        .build());
    }

    private void probe(String captionId, String classifyId, String animal) {
        writer.probe(
                Topics.REQUESTS_CAPTION,
                captionId,
                new CaptionRequest(captionId, IMAGE, null, 24, 1, CaptionRanking.LIKELIHOOD, at(0)),
                animal);
        writer.probe(
                Topics.REQUESTS_CLASSIFY,
                classifyId,
                new ClassifyRequest(classifyId, IMAGE, null, "animals", null, 5, at(0)),
                animal);
    }

    private void classified(String id, String label, long version, double askedAt, double answeredAt) {
        writer.write(
                Topics.EVENTS_CLASSIFICATIONS,
                0,
                at(answeredAt),
                id,
                new ClassificationEvent("e-" + id, id, label, List.of(), MODEL, version, at(askedAt), at(answeredAt)));
    }

    private void captioned(String id, String caption, long version, double askedAt, double answeredAt) {
        writer.write(
                Topics.EVENTS_CAPTIONS,
                0,
                at(answeredAt),
                id,
                new CaptionEvent("e-" + id, id, caption, List.of(), 0.0, MODEL, version, at(askedAt), at(answeredAt)));
    }

    private void reload(long version, ReloadOutcome outcome, double decidedAt, double finishedAt) {
        writer.write(
                Topics.EVENTS_RELOADS,
                0,
                at(finishedAt),
                "inference-1",
                new ReloadEvent(MODEL, version, "inference-1", outcome, null, 0L, at(decidedAt), at(finishedAt)));
    }

    private void lineage(CheckpointLineage lineage) {
        writer.write(
                Topics.CHECKPOINTS_LINEAGE, 0, lineage.getPublishedAt(), MODEL + "@" + lineage.getVersion(), lineage);
    }

    private LineageBuilder version(long version, @Nullable Long parent, long step) {
        return new LineageBuilder(version, parent, step);
    }

    /** Keeps the positions of the partitions as the trainer would. */
    private static final class LineageBuilder {
        private final CheckpointLineage lineage;

        LineageBuilder(long version, @Nullable Long parent, long step) {
            lineage = CheckpointLineage.newBuilder()
                    .setModel(MODEL)
                    .setVersion(version)
                    .setParent(parent)
                    .setStep(step)
                    .setMode(parent == null ? TrainingMode.IMPORTED : TrainingMode.JOINT)
                    .setShards(new ArrayList<>())
                    .setReplayed(new ArrayList<>())
                    .setPolicyVersions(new ArrayList<>())
                    .setOffsets(new ArrayList<>())
                    .setPairs(0)
                    .setTrainingSeconds(0)
                    .setLosses(new ArrayList<>())
                    .setCrawled(new ArrayList<>())
                    .setEvaluation(Evaluation.newBuilder().setHeldoutPairs(0).build())
                    .setBytesPublished(0)
                    .setBytesTotal(0)
                    .setPublishedAt(at((double) version))
                    .build();
        }

        /** The positions after this version, beginning with partition 0. */
        LineageBuilder positions(long... next) {
            for (int partition = 0; partition < next.length; partition++) {
                lineage.getOffsets().add(new PartitionOffset("pairs.curated", partition, next[partition]));
            }
            return this;
        }

        LineageBuilder shard(int partition, long first, long last, long pairs) {
            lineage.getShards().add(new Shard("pairs.curated", partition, first, last, pairs));
            lineage.setPairs(lineage.getPairs() + pairs);
            return this;
        }

        LineageBuilder seconds(double seconds) {
            lineage.setTrainingSeconds(seconds);
            return this;
        }

        LineageBuilder bytes(long published, long total) {
            lineage.setBytesPublished(published);
            lineage.setBytesTotal(total);
            return this;
        }

        LineageBuilder loss(long step, @Nullable Double contrastive, @Nullable Double caption) {
            lineage.getLosses().add(new StepLoss(step, contrastive, caption));
            return this;
        }

        LineageBuilder heldout(double zeroShotTop1, double recallAt1) {
            lineage.getEvaluation().setZeroShotTop1(zeroShotTop1);
            lineage.getEvaluation().setRecallAt1(recallAt1);
            return this;
        }

        LineageBuilder published(double seconds) {
            lineage.setPublishedAt(at(seconds));
            return this;
        }

        CheckpointLineage build() {
            return lineage;
        }
    }
}
