package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.filter.CurationPolicy.NearDuplicateRule;
import dev.capstan.schemas.records.PairHash;
import dev.capstan.schemas.records.RejectedPair;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The topology under a policy that refuses near-duplicates. */
class NearDuplicateTopologyTest {

    @Test
    void shouldRefuseAPictureThatLooksLikeAnotherWhateverItsFileAndText() {
        try (IngestDriver driver =
                new IngestDriver(TestPolicies.with(new NearDuplicateRule(1000, Duration.ofHours(1), 3)))) {
            BufferedImage photograph = photograph(1, 120);
            driver.crawl(TestPairs.pair("first", "a photograph", TestPairs.encoded("png", photograph)));
            driver.crawl(TestPairs.pair("jpeg", "the photograph, again", TestPairs.encoded("jpg", photograph)));
            driver.crawl(TestPairs.pair("scaled", "a photograph, smaller", scaled(photograph, 60)));
            driver.crawl(TestPairs.pair("other", "another photograph", TestPairs.encoded("png", photograph(2, 120))));

            List<RejectedPair> rejected = driver.rejected();

            assertThat(rejected).extracting(RejectedPair::getPairId).containsExactly("jpeg", "scaled");
            assertThat(rejected).allSatisfy(pair -> {
                assertThat(pair.getRule()).isEqualTo("image-near-duplicate");
                assertThat(pair.getScore()).isBetween(0.0, 3.0);
                assertThat(pair.getThreshold()).isEqualTo(3);
                assertThat(pair.getDetail()).contains("pair first at pairs.crawled-0-0");
            });
            assertThat(driver.hashes()).extracting(PairHash::getPairId).containsExactly("first", "other");
        }
    }

    @Test
    void shouldNotRememberWhatWasRefused() {
        try (IngestDriver driver =
                new IngestDriver(TestPolicies.with(new NearDuplicateRule(1000, Duration.ofHours(1), 3)))) {
            ByteBuffer picture = TestPairs.picture(1, 60, 60);
            driver.crawl(TestPairs.pair("no-text", " ", picture));
            driver.crawl(TestPairs.pair("first", "a photograph", picture));

            assertThat(driver.onlyCurated().key()).isEqualTo("first");
        }
    }

    @Test
    void shouldWriteNothingWhereTheRuleIsOff() {
        try (IngestDriver driver = new IngestDriver()) {
            driver.crawl(TestPairs.good(1));

            assertThat(driver.onlyCurated().key()).isEqualTo("pair-1");
            assertThat(driver.hashes()).isEmpty();
        }
    }

    /** Light that changes everywhere, as in a photograph; of a flat ground, noise would decide half of the bits. */
    private static BufferedImage photograph(int seed, int side) {
        Random random = new Random(seed);
        double[] phases = random.doubles(4, 0, 2 * Math.PI).toArray();
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                double light = Math.sin(9.0 * x / side + phases[0])
                        + Math.sin(7.0 * y / side + phases[1])
                        + Math.sin(11.0 * (x + y) / side + phases[2])
                        + Math.sin(13.0 * (x - y) / side + phases[3]);
                int grey = (int) (127 + 31 * light);
                image.setRGB(x, y, grey << 16 | grey << 8 | grey);
            }
        }
        return image;
    }

    private static ByteBuffer scaled(BufferedImage image, int side) {
        BufferedImage scaled = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = scaled.createGraphics();
        graphics.setBackground(Color.WHITE);
        graphics.drawImage(image.getScaledInstance(side, side, java.awt.Image.SCALE_AREA_AVERAGING), 0, 0, null);
        graphics.dispose();
        return TestPairs.encoded("png", scaled);
    }
}
