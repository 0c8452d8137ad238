package dev.capstan.model.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImagePreprocessorTest {
    private static final Augmentation STRONG = new Augmentation(0.5, 1.3, 20, 0.5, 0.2, 0.3, 0.4, 20, 0.05);

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_4BYTE_ABGR
            })
    void shouldReadEveryLayoutOfColours(int type) {
        BufferedImage image = filled(type, 60, 40, new Color(200, 100, 50));

        PixelImage pixels = new ImagePreprocessor(16, Augmentation.none()).forEvaluation(image);

        assertThat(pixels.channel(8, 8, 0)).isEqualTo(200);
        assertThat(pixels.channel(8, 8, 1)).isEqualTo(100);
        assertThat(pixels.channel(8, 8, 2)).isEqualTo(50);
    }

    @Test
    void shouldReadAPartOfALargerImage() {
        BufferedImage image = filled(BufferedImage.TYPE_3BYTE_BGR, 64, 64, Color.RED);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.BLUE);
        graphics.fillRect(32, 0, 32, 64);
        graphics.dispose();

        PixelImage pixels =
                new ImagePreprocessor(8, Augmentation.none()).forEvaluation(image.getSubimage(32, 0, 32, 32));

        assertThat(pixels.channel(4, 0, 2)).isEqualTo(255);
        assertThat(pixels.channel(4, 0, 0)).isZero();
    }

    @Test
    void shouldLayTransparentPicturesOnWhite() {
        BufferedImage image = new BufferedImage(20, 20, BufferedImage.TYPE_INT_ARGB);

        PixelImage pixels = new ImagePreprocessor(8, Augmentation.none()).forEvaluation(image);

        assertThat(pixels.channel(3, 3, 1)).isEqualTo(255);
    }

    @Test
    void shouldTakeTheMiddleSquare() {
        BufferedImage image = filled(BufferedImage.TYPE_INT_RGB, 90, 30, Color.BLACK);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(30, 0, 30, 30);
        graphics.dispose();

        PixelImage pixels = new ImagePreprocessor(30, Augmentation.none()).forEvaluation(image);

        assertThat(pixels.channel(15, 1, 0)).isEqualTo(255);
        assertThat(pixels.channel(15, 28, 0)).isEqualTo(255);
    }

    @Test
    void shouldNotAliasWhenShrinking() {
        BufferedImage image = new BufferedImage(240, 240, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 240; y++) {
            for (int x = 0; x < 240; x++) {
                image.setRGB(x, y, (x + y) % 2 == 0 ? 0xffffff : 0);
            }
        }

        PixelImage pixels = new ImagePreprocessor(32, Augmentation.none()).forEvaluation(image);

        for (int y = 0; y < 32; y++) {
            for (int x = 0; x < 32; x++) {
                assertThat(pixels.channel(y, x, 0)).isCloseTo(128, within(3));
            }
        }
    }

    @Test
    void shouldEnlargeSmallPictures() {
        BufferedImage image = filled(BufferedImage.TYPE_INT_RGB, 1, 3, Color.GREEN);

        PixelImage pixels = new ImagePreprocessor(16, STRONG).forEvaluation(image);

        assertThat(pixels.channel(15, 15, 1)).isEqualTo(255);
    }

    @Test
    void shouldGiveTheSamePictureForThePairAndTheStep() {
        ImagePreprocessor preprocessor = new ImagePreprocessor(16, STRONG);
        BufferedImage image = gradient();

        PixelImage first = preprocessor.forTraining(image, PairRandom.of("pair-1", 7));

        assertThat(preprocessor.forTraining(image, PairRandom.of("pair-1", 7))).isEqualTo(first);
        assertThat(preprocessor.forTraining(image, PairRandom.of("pair-1", 8))).isNotEqualTo(first);
        assertThat(preprocessor.forTraining(image, PairRandom.of("pair-2", 7))).isNotEqualTo(first);
    }

    @Test
    void shouldTrainOnTheEvaluationPictureWithoutAugmentation() {
        ImagePreprocessor preprocessor = new ImagePreprocessor(16, Augmentation.none());
        BufferedImage image = gradient();

        assertThat(preprocessor.forTraining(image, new SplittableRandom(1)))
                .isEqualTo(preprocessor.forEvaluation(image));
    }

    @Test
    void shouldKeepGreyGreyWhenSaturationAndHueChange() {
        Augmentation colours = new Augmentation(1, 1, 0, 0, 0, 0, 0.9, 90, 0);
        BufferedImage image = filled(BufferedImage.TYPE_INT_RGB, 20, 20, new Color(120, 120, 120));

        PixelImage pixels = new ImagePreprocessor(16, colours).forTraining(image, new SplittableRandom(3));

        for (int channel = 0; channel < 3; channel++) {
            assertThat(pixels.channel(8, 8, channel)).isCloseTo(120, within(1));
        }
    }

    @Test
    void shouldMirror() {
        Augmentation mirror = new Augmentation(1, 1, 0, 1, 0, 0, 0, 0, 0);
        BufferedImage image = gradient();
        PixelImage plain = new ImagePreprocessor(16, Augmentation.none()).forEvaluation(image);

        PixelImage mirrored = new ImagePreprocessor(16, mirror).forTraining(image, new SplittableRandom(3));

        assertThat(mirrored.channel(4, 2, 0)).isCloseTo(plain.channel(4, 13, 0), within(1));
    }

    @Test
    void shouldSpreadStepsOfOnePair() {
        long distinct = LongStream.range(0, 1000)
                .map(step -> PairRandom.of("pair", step).nextLong())
                .distinct()
                .count();

        assertThat(distinct).isEqualTo(1000);
    }

    private static BufferedImage gradient() {
        BufferedImage image = new BufferedImage(40, 40, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 40; y++) {
            for (int x = 0; x < 40; x++) {
                image.setRGB(x, y, new Color(x * 6, y * 6, 255 - x * 3).getRGB());
            }
        }
        return image;
    }

    private static BufferedImage filled(int type, int width, int height, Color color) {
        BufferedImage image = new BufferedImage(width, height, type);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(color);
        graphics.fillRect(0, 0, width, height);
        graphics.dispose();
        return image;
    }
}
