package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CrawlDirtTest {

    private static final int TRIALS = 40;
    private static final Rendition RENDITION = new Rendition(RenderingRecipe.crawl());

    @ParameterizedTest
    @EnumSource(names = {"TRUNCATED_FILE", "GARBAGE", "EMPTY_FILE", "HTML_PAGE"})
    void shouldBeUndecodable(CrawlDirt dirt) {
        for (CrawlDirt.Spoilt spoilt : spoil(dirt)) {
            assertThatThrownBy(() -> TestPictures.decode(spoilt.image())).isInstanceOf(IOException.class);
            assertThat(spoilt.contentType()).startsWith("image/");
        }
        assertThat(dirt.family()).isEqualTo(RuleFamily.DECODING);
    }

    @Test
    void shouldBeOnePixel() throws IOException {
        for (CrawlDirt.Spoilt spoilt : spoil(CrawlDirt.ONE_PIXEL)) {
            BufferedImage image = TestPictures.decode(spoilt.image());
            assertThat(image.getWidth() * image.getHeight()).isEqualTo(1);
        }
    }

    @Test
    void shouldBeVeryMuchLongerThanWide() throws IOException {
        for (CrawlDirt.Spoilt spoilt : spoil(CrawlDirt.EXTREME_ASPECT)) {
            BufferedImage image = TestPictures.decode(spoilt.image());
            int longer = Math.max(image.getWidth(), image.getHeight());
            int shorter = Math.min(image.getWidth(), image.getHeight());
            assertThat(longer).isGreaterThanOrEqualTo(8 * shorter);
            assertThat(shorter).isGreaterThanOrEqualTo(40);
        }
    }

    @Test
    void shouldPromiseGigabytesInAFewBytes() throws IOException {
        for (CrawlDirt.Spoilt spoilt : spoil(CrawlDirt.DECOMPRESSION_BOMB)) {
            assertThat(spoilt.image().remaining()).isLessThan(256);
            try (ImageInputStream input =
                    ImageIO.createImageInputStream(new ByteArrayInputStream(TestPictures.bytes(spoilt.image())))) {
                ImageReader reader = ImageIO.getImageReaders(input).next();
                reader.setInput(input);
                assertThat((long) reader.getWidth(0) * reader.getHeight(0)).isGreaterThan(800_000_000L);
            }
        }
    }

    @Test
    void shouldBeAGoodPictureInTooManyBytes() throws IOException {
        CrawlDirt.Spoilt spoilt = spoil(CrawlDirt.OVERSIZED_FILE).get(0);

        BufferedImage image = TestPictures.decode(spoilt.image());

        assertThat(image.getWidth()).isEqualTo(64);
        assertThat(spoilt.image().remaining()).isBetween(3 << 20, 4 << 20);
    }

    @Test
    void shouldHaveNoText() {
        for (CrawlDirt.Spoilt spoilt : spoil(CrawlDirt.EMPTY_TEXT)) {
            assertThat(spoilt.text().replaceAll("[\\s\\u00a0\\u200b]", "")).isEmpty();
        }
    }

    @Test
    void shouldHaveFileNamesForTexts() {
        for (CrawlDirt.Spoilt spoilt : spoil(CrawlDirt.FILE_NAME_TEXT)) {
            assertThat(spoilt.text()).matches("(?i)[a-z0-9_-]+\\.(jpg|png|webp)");
        }
    }

    @Test
    void shouldRepeatOneTokenForAText() {
        for (CrawlDirt.Spoilt spoilt : spoil(CrawlDirt.REPEATED_TEXT)) {
            long words = Arrays.stream(spoilt.text().split(" ", -1)).distinct().count();
            assertThat(words).isLessThanOrEqualTo(2);
            assertThat(spoilt.text().length()).isGreaterThanOrEqualTo(15);
        }
    }

    @Test
    void shouldHaveAPageForAText() {
        for (CrawlDirt.Spoilt spoilt : spoil(CrawlDirt.ENDLESS_TEXT)) {
            assertThat(spoilt.text().length()).isGreaterThan(1000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeSeeded(CrawlDirt dirt) {
        List<CrawlDirt.Spoilt> first = spoil(dirt);

        List<CrawlDirt.Spoilt> second = spoil(dirt);

        assertThat(first).isEqualTo(second);
    }

    @ParameterizedTest
    @EnumSource
    void shouldLeaveWhatItsRulesDoNotLookAt(CrawlDirt dirt) {
        CrawlDirt.Spoilt clean = clean(0);

        CrawlDirt.Spoilt spoilt = dirt.spoil(clean, Seeds.random(5));

        boolean ofText = dirt.family() == RuleFamily.TEXT;
        boolean ofImage = !ofText && !dirt.isDuplicate();
        assertThat(spoilt.text().equals(clean.text())).isEqualTo(!ofText);
        assertThat(spoilt.image().equals(clean.image())).isEqualTo(!ofImage);
    }

    @Test
    void shouldOccurInAllKinds() {
        SampleFeed feed = new SampleFeed(
                TestPictures.small(), TestPictures.recipe(), new SampleFeed.Options(1, PhasePlan.always(0.5), 1));

        Map<CrawlDirt, Integer> kinds = new EnumMap<>(CrawlDirt.class);
        for (int index = 0; index < 2500; index++) {
            feed.next().dirt().ifPresent(dirt -> kinds.merge(dirt, 1, Integer::sum));
        }

        assertThat(kinds.keySet()).containsExactlyInAnyOrder(CrawlDirt.values());
    }

    private static List<CrawlDirt.Spoilt> spoil(CrawlDirt dirt) {
        int trials = dirt == CrawlDirt.OVERSIZED_FILE ? 1 : TRIALS;
        return java.util.stream.IntStream.range(0, trials)
                .mapToObj(trial -> dirt.spoil(clean(trial), Seeds.random(2, trial)))
                .toList();
    }

    /** PNG and JPEG files, as they come. */
    private static CrawlDirt.Spoilt clean(int trial) {
        RandomGenerator random = Seeds.random(1, trial);
        Concept concept = TestPictures.small().concepts().get(0);
        Picture picture = Objects.requireNonNull(concept.pictures().get("first"));
        EncodedImage image = RENDITION.render(concept, picture, random);
        return new CrawlDirt.Spoilt(image.bytes(), image.contentType(), "a spade");
    }
}
