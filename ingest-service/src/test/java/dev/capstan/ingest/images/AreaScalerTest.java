package dev.capstan.ingest.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AreaScalerTest {

    @Test
    void shouldLeaveAPictureThatFits() {
        BufferedImage image = picture(64, 48);

        BufferedImage scaled = AreaScaler.within(image, 64);

        assertThat(scaled).isSameAs(image);
    }

    @ParameterizedTest
    @CsvSource({"65,48,64,47", "128,64,64,32", "64,128,32,64", "1000,1,64,1", "100,100,64,64"})
    void shouldBoundTheLongerSideAndKeepTheAspect(int width, int height, int newWidth, int newHeight) {
        BufferedImage scaled = AreaScaler.within(picture(width, height), 64);

        assertThat(scaled.getWidth()).isEqualTo(newWidth);
        assertThat(scaled.getHeight()).isEqualTo(newHeight);
    }

    @Test
    void shouldAverageWholePixels() {
        BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0xFF0000);
        image.setRGB(1, 0, 0x00FF00);
        image.setRGB(0, 1, 0x0000FF);
        image.setRGB(1, 1, 0xFFFFFF);

        BufferedImage scaled = AreaScaler.to(image, 1, 1);

        assertThat(scaled.getRGB(0, 0)).isEqualTo(0xFF808080);
    }

    @Test
    void shouldCountBorderPixelsByTheirShare() {
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0x000000);
        image.setRGB(1, 0, 0xFFFFFF);
        image.setRGB(2, 0, 0x000000);

        BufferedImage scaled = AreaScaler.to(image, 2, 1);

        // Each half covers one and a half pixels: a third of it is white.
        assertThat(scaled.getRGB(0, 0)).isEqualTo(0xFF555555);
        assertThat(scaled.getRGB(1, 0)).isEqualTo(0xFF555555);
    }

    @ParameterizedTest
    @CsvSource({"97,31,13,5", "640,480,9,8", "7,5,9,8"})
    void shouldKeepAFlatColourExactly(int width, int height, int newWidth, int newHeight) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int index = 0; index < width * height; index++) {
            image.setRGB(index % width, index / width, 0x7BC8FF);
        }

        BufferedImage scaled = AreaScaler.to(image, newWidth, newHeight);

        for (int index = 0; index < newWidth * newHeight; index++) {
            assertThat(scaled.getRGB(index % newWidth, index / newWidth)).isEqualTo(0xFF7BC8FF);
        }
    }

    @Test
    void shouldRefuseAPictureOfAnotherType() {
        assertThatThrownBy(() -> AreaScaler.to(new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_GRAY), 1, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    static BufferedImage picture(int width, int height) {
        Random random = new Random(width * 31L + height);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int index = 0; index < width * height; index++) {
            image.setRGB(index % width, index / width, random.nextInt(1 << 24));
        }
        return image;
    }
}
