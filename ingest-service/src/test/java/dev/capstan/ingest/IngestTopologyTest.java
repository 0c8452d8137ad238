package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.RejectedPair;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IngestTopologyTest {
    private final IngestDriver driver = new IngestDriver();

    @AfterEach
    void close() {
        driver.close();
    }

    @Test
    void shouldCurateAGoodPair() {
        CrawledPair crawled = TestPairs.pair("p1", "  A\tred\u0000 ball ", TestPairs.picture(1, 400, 200));

        driver.crawl(crawled);

        TestRecord<String, CuratedPair> record = driver.onlyCurated();
        CuratedPair pair = record.value();
        assertThat(record.key()).isEqualTo("p1");
        assertThat(record.headers()).isEmpty();
        assertThat(pair.getText()).isEqualTo("A red ball");
        assertThat(pair.getWidth()).isEqualTo(256);
        assertThat(pair.getHeight()).isEqualTo(128);
        assertThat(pair.getImageFormat()).isEqualTo("png");
        assertThat(pair.getContentDigest()).isEqualTo(Digests.ofContent(crawled.getImage()));
        assertThat(pair.getPolicyVersion()).isEqualTo(driver.policy().version());
        assertThat(pair.getSourceUrl()).isEqualTo(crawled.getSourceUrl());
        assertThat(pair.getSource()).isEqualTo("test");
        assertThat(pair.getCrawledAt()).isEqualTo(TestPairs.CRAWLED_AT);
        assertThat(pair.getCuratedAt()).isEqualTo(IngestDriver.NOW);
        assertThat(driver.rejected()).isEmpty();
    }

    @Test
    void shouldSayWhyAndWhereAPairWasRefused() {
        driver.crawl(TestPairs.good(1));
        driver.crawl(TestPairs.pair("small", "a small picture", TestPairs.picture(2, 40, 31)));

        RejectedPair rejected = driver.onlyRejected();

        assertThat(rejected.getRule()).isEqualTo("image-too-small");
        assertThat(rejected.getScore()).isEqualTo(31.0);
        assertThat(rejected.getThreshold()).isEqualTo(32.0);
        assertThat(rejected.getPairId()).isEqualTo("small");
        assertThat(rejected.getTopic()).isEqualTo("pairs.crawled");
        assertThat(rejected.getPartition()).isZero();
        assertThat(rejected.getOffset()).isEqualTo(1);
        assertThat(rejected.getSource()).isEqualTo("test");
        assertThat(rejected.getCrawledAt()).isEqualTo(TestPairs.CRAWLED_AT);
        assertThat(rejected.getRejectedAt()).isEqualTo(IngestDriver.NOW);
        assertThat(rejected.getPolicyVersion()).isEqualTo(driver.policy().version());
        assertThat(rejected.getDetail()).contains("40 x 31");
    }

    @Test
    void shouldKeyARefusalByTheCoordinatesOfItsOriginal() {
        driver.crawl(TestPairs.pair("empty", " ", TestPairs.picture(2, 40, 40)));

        List<TestRecord<String, RejectedPair>> records = driver.rejectedRecords();

        assertThat(records).singleElement().satisfies(record -> {
            assertThat(record.key()).isEqualTo("pairs.crawled-0-0");
            assertThat(record.value().getRule()).isEqualTo("text-empty");
        });
    }

    @Test
    void shouldRejectPoisonAndGoOn() {
        byte[] wellFormed = driver.bytes(TestPairs.good(1));
        byte[] unknownSchema = wellFormed.clone();
        ByteBuffer.wrap(unknownSchema).putInt(1, 123_456);
        byte[] truncated = ByteBuffer.allocate(60).put(wellFormed, 0, 60).array();
        byte[] ofAnotherType = driver.bytes(Topics.LABELS_SETS, IngestDriver.labelSet("set", "cat"));
        List<byte[]> poison = new ArrayList<>(List.of(
                new byte[0],
                "not a record".getBytes(StandardCharsets.UTF_8),
                unknownSchema,
                truncated,
                ofAnotherType,
                claimingLength(wellFormed)));

        for (byte[] value : poison) {
            driver.crawlBytes(value);
        }
        driver.crawlNothing();
        driver.crawl(TestPairs.good(2));

        assertThat(driver.rejected())
                .hasSize(poison.size() + 1)
                .allSatisfy(rejected -> {
                    assertThat(rejected.getRule()).isEqualTo("record-undecodable");
                    assertThat(rejected.getPairId()).isNull();
                    assertThat(rejected.getSource()).isNull();
                    assertThat(rejected.getScore()).isNull();
                    assertThat(rejected.getDetail()).endsWith(".");
                })
                .extracting(RejectedPair::getOffset)
                .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(driver.onlyCurated().key()).isEqualTo("pair-2");
    }

    @Test
    void shouldRejectABrokenImage() {
        driver.crawl(TestPairs.pair("broken", "a broken picture", ByteBuffer.wrap(new byte[] {1, 2, 3})));

        assertThat(driver.onlyRejected().getRule()).isEqualTo("image-undecodable");
    }

    @Test
    void shouldRejectAnIdThatCannotBeAKey() {
        driver.crawl(TestPairs.pair("x".repeat(100_000), "a picture", TestPairs.picture(1, 48, 48)));

        RejectedPair rejected = driver.onlyRejected();
        assertThat(rejected.getRule()).isEqualTo("pair-id-invalid");
        assertThat(rejected.getScore()).isEqualTo(100_000.0);
        assertThat(rejected.getPairId()).hasSize(256);
    }

    @Test
    void shouldRejectARecordThatIsLargerThanItsTopicTakes() {
        driver.limit(Topics.PAIRS_CURATED, 8000);
        driver.crawl(TestPairs.pair("large", "a picture of noise", TestPairs.noise(1, 64)));

        RejectedPair rejected = driver.onlyRejected();

        assertThat(rejected.getRule()).isEqualTo("record-too-large");
        assertThat(rejected.getThreshold()).isEqualTo(8000.0);
        assertThat(rejected.getScore()).isGreaterThan(12_000.0);
        assertThat(rejected.getPairId()).isEqualTo("large");
    }

    @Test
    void shouldRefuseTheSamePairFromAnotherAddress() {
        ByteBuffer picture = TestPairs.picture(1, 48, 48);
        driver.crawl(TestPairs.pair("first", "a red ball", picture));
        driver.crawl(TestPairs.pair("mirror", "a  red ball ", picture));

        RejectedPair rejected = driver.onlyRejected();

        assertThat(rejected.getRule()).isEqualTo("exact-duplicate");
        assertThat(rejected.getPairId()).isEqualTo("mirror");
        assertThat(rejected.getOffset()).isEqualTo(1);
        assertThat(rejected.getDetail()).contains("pairs.crawled-0-0");
        assertThat(rejected.getSource()).isEqualTo("test");
        assertThat(rejected.getCrawledAt()).isEqualTo(TestPairs.CRAWLED_AT);
        assertThat(driver.onlyCurated().key()).isEqualTo("first");
    }

    @Test
    void shouldKeepTheSameImageWithAnotherText() {
        ByteBuffer picture = TestPairs.picture(1, 48, 48);

        driver.crawl(TestPairs.pair("first", "a red ball", picture));
        driver.crawl(TestPairs.pair("second", "a ball that is red", picture));

        assertThat(driver.curated()).hasSize(2);
        assertThat(driver.rejected()).isEmpty();
    }

    @Test
    void shouldForgetAPairAfterTheRetention() {
        driver.crawl(TestPairs.good(1));

        driver.advance(driver.policy().duplicateRetention().plus(Duration.ofMillis(1)));
        driver.crawl(TestPairs.good(1));

        assertThat(driver.curated()).hasSize(2);
        assertThat(driver.rejected()).isEmpty();
    }

    @Test
    void shouldRememberAPairUntilTheRetentionEnds() {
        driver.crawl(TestPairs.good(1));

        driver.advance(driver.policy().duplicateRetention());
        driver.crawl(TestPairs.good(1));

        assertThat(driver.onlyRejected().getRule()).isEqualTo("exact-duplicate");
    }

    @Test
    void shouldHoldOutByTheContentOfTheImageAlone() {
        List<String> texts = List.of("first text", "second text", "third text");
        for (int seed = 0; seed < 200; seed++) {
            for (String text : texts) {
                driver.crawl(TestPairs.pair(seed + text, text + seed, TestPairs.picture(seed, 40, 40)));
            }
        }

        List<CuratedPair> heldout = driver.heldout();

        assertThat(heldout).hasSizeBetween(3 * 3, 20 * 3);
        assertThat(heldout.stream().map(CuratedPair::getContentDigest).distinct())
                .hasSize(heldout.size() / 3);
        assertThat(driver.curated()).hasSize(600 - heldout.size());
    }

    @Test
    void shouldSplitAlikeInEveryRun() {
        for (int seed = 0; seed < 100; seed++) {
            driver.crawl(TestPairs.good(seed));
        }
        List<String> first =
                driver.heldout().stream().map(CuratedPair::getPairId).toList();
        try (IngestDriver other = new IngestDriver()) {
            for (int seed = 99; seed >= 0; seed--) {
                other.crawl(TestPairs.good(seed));
            }

            List<String> second =
                    other.heldout().stream().map(CuratedPair::getPairId).toList();

            assertThat(second).isNotEmpty().containsExactlyInAnyOrderElementsOf(first);
        }
    }

    @Test
    void shouldNameTheConceptsOfLabelSetsThatArriveMeanwhile() {
        driver.publish(IngestDriver.labelSet("animals", "polar bear", "cat"));
        driver.crawl(TestPairs.pair("p1", "A Polar Bear, and a concatenation", TestPairs.picture(1, 48, 48)));
        driver.removeLabelSet("animals");
        driver.crawl(TestPairs.pair("p2", "a cat", TestPairs.picture(2, 48, 48)));

        Map<String, List<String>> concepts = driver.conceptsByPair();

        assertThat(concepts).isEqualTo(Map.of("p1", List.of("polar bear"), "p2", List.of()));
    }

    @Test
    void shouldPassOverALabelSetThatCannotBeRead() {
        driver.publishBytes("broken", new byte[] {1, 2, 3});
        driver.crawl(TestPairs.good(1));

        assertThat(driver.curated()).hasSize(1);
        assertThat(driver.count("capstan.ingest.label.sets.skipped")).isEqualTo(1);
    }

    @Test
    void shouldNotForgetBecauseOfARecordFromTheFuture() {
        driver.crawl(TestPairs.good(1));
        driver.crawlAt(
                TestPairs.good(2), IngestDriver.NOW.plus(Duration.ofDays(9999)).toEpochMilli());
        driver.crawl(TestPairs.good(1));

        assertThat(driver.curated()).hasSize(2);
        assertThat(driver.onlyRejected().getRule()).isEqualTo("exact-duplicate");
    }

    @Test
    void shouldCountByRuleAndByTopic() {
        driver.crawl(TestPairs.good(1));
        driver.crawl(TestPairs.good(1));
        driver.crawl(TestPairs.pair("p", "", TestPairs.picture(1, 48, 48)));
        driver.crawl(TestPairs.pair("q", "", TestPairs.picture(1, 48, 48)));

        assertThat(driver.count("capstan.ingest.rejected", "rule", "exact-duplicate"))
                .isEqualTo(1);
        assertThat(driver.count("capstan.ingest.rejected", "rule", "text-empty"))
                .isEqualTo(2);
        assertThat(driver.count("capstan.ingest.admitted", "topic", "pairs.curated"))
                .isEqualTo(1);
        assertThat(driver.meters()
                        .get("capstan.freshness")
                        .tag("stage", "curated")
                        .summary()
                        .count())
                .isEqualTo(1);
    }

    /** The same record, but its first text says that it has two thousand million bytes. */
    private static byte[] claimingLength(byte[] wellFormed) {
        byte[] lying = wellFormed.clone();
        byte[] length = {(byte) 0xFE, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x0F};
        System.arraycopy(length, 0, lying, 5, length.length);
        return lying;
    }
}
