package dev.capstan.model.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against Pillow's bicubic resize and torchvision's sizes and offsets; model/parity/images.py makes the pictures. */
class PreprocessingParityTest {
    private static final Map<String, BufferedImage> PICTURES = pictures();
    /** Mean difference of a channel, in levels of 255. */
    private static final double MEAN = 0.2;

    private static final int MOST = 4;

    private static Map<String, BufferedImage> pictures() {
        Map<String, BufferedImage> pictures = new LinkedHashMap<>();
        try (InputStream file = PreprocessingParityTest.class.getResourceAsStream("preprocessing.zip");
                ZipInputStream zip = new ZipInputStream(file)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String name = entry.getName().replace(".png", "");
                pictures.put(name, ImageIO.read(new ByteArrayInputStream(zip.readAllBytes())));
            }
            return pictures;
        } catch (IOException e) {
            throw new IllegalStateException("preprocessing.zip", e);
        }
    }

    static List<String> prepared() {
        List<String> names = new ArrayList<>(PICTURES.keySet());
        names.removeIf(name -> !name.contains("-"));
        return names;
    }

    @Test
    void shouldCompareEveryKindOfPicture() {
        assertThat(prepared())
                .hasSize(15)
                .anyMatch(name -> name.startsWith("grey"))
                .anyMatch(name -> name.startsWith("alpha"))
                .anyMatch(name -> name.startsWith("palette"))
                .anyMatch(name -> name.startsWith("up"));
    }

    @ParameterizedTest
    @MethodSource("prepared")
    void shouldPrepareAsTheReference(String name) {
        BufferedImage expected = Objects.requireNonNull(PICTURES.get(name));
        int size = expected.getWidth();
        BufferedImage original = Objects.requireNonNull(PICTURES.get(name.substring(0, name.indexOf('-'))));

        PixelImage pixels = new ImagePreprocessor(size, Augmentation.none()).forEvaluation(original);

        long sum = 0;
        int most = 0;
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                for (int channel = 0; channel < 3; channel++) {
                    int wanted = (expected.getRGB(x, y) >> (16 - 8 * channel)) & 0xff;
                    int difference = Math.abs(pixels.channel(y, x, channel) - wanted);
                    sum += difference;
                    most = Math.max(most, difference);
                }
            }
        }
        assertThat((double) sum / (size * size * 3)).as("mean of " + name).isLessThan(MEAN);
        assertThat(most).as("largest of " + name).isLessThanOrEqualTo(MOST);
    }
}
