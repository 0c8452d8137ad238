package dev.capstan.ingest.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.DecodeResult.Decoded;
import dev.capstan.platform.images.ImageFormat;
import dev.capstan.platform.images.ImageLimits;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ImageEncodingTest {

    @ParameterizedTest
    @CsvSource({"1,1", "1,40", "40,1", "33,17", "64,64"})
    void shouldWritePngThatOthersReadWithoutLoss(int width, int height) throws IOException {
        BufferedImage picture = AreaScalerTest.picture(width, height);

        byte[] file = ImageEncoding.PNG.encode(picture, 0);

        BufferedImage read = ImageIO.read(new ByteArrayInputStream(file));
        assertThat(read.getRGB(0, 0, width, height, null, 0, width))
                .isEqualTo(picture.getRGB(0, 0, width, height, null, 0, width));
    }

    @Test
    void shouldChooseEachFilterWhereItServes() throws IOException {
        BufferedImage picture = new BufferedImage(48, 48, BufferedImage.TYPE_INT_RGB);
        for (int index = 0; index < 48 * 48; index++) {
            int x = index % 48;
            int y = index / 48;
            // Stripes down, stripes across, and a slope.
            int value = y < 16 ? x * 5 : y < 32 ? y * 7 : (x + y) * 2;
            picture.setRGB(x, y, value << 16 | (255 - value) << 8 | value / 2);
        }

        byte[] file = ImageEncoding.PNG.encode(picture, 0);

        BufferedImage read = ImageIO.read(new ByteArrayInputStream(file));
        assertThat(read.getRGB(0, 0, 48, 48, null, 0, 48)).isEqualTo(picture.getRGB(0, 0, 48, 48, null, 0, 48));
        assertThat(file.length).isLessThan(1000);
    }

    @ParameterizedTest
    @EnumSource(ImageEncoding.class)
    void shouldWriteTheSameBytesForTheSamePicture(ImageEncoding encoding) {
        byte[] first = encoding.encode(disc(), 0.9);

        byte[] second = encoding.encode(disc(), 0.9);

        assertThat(second).isEqualTo(first);
    }

    @ParameterizedTest
    @EnumSource(ImageEncoding.class)
    void shouldWriteWhatItsNameSays(ImageEncoding encoding) {
        byte[] file = encoding.encode(disc(), 0.9);

        Decoded read = new BoundedImageDecoder(1 << 20, 1 << 20, ImageLimits.allFormats())
                .decode(ByteBuffer.wrap(file))
                .decoded()
                .orElseThrow();
        assertThat(read.header().format().label()).isEqualTo(encoding.label());
        assertThat(ImageFormat.detect(ByteBuffer.wrap(file)).orElseThrow().label())
                .isEqualTo(encoding.label());
        Color centre = new Color(read.image().getRGB(32, 32));
        assertThat(centre.getRed()).isGreaterThan(200);
        assertThat(centre.getBlue()).isLessThan(60);
    }

    @Test
    void shouldWriteFewerBytesAtLowerQuality() {
        int high = ImageEncoding.JPEG.encode(AreaScalerTest.picture(64, 64), 0.95).length;

        int low = ImageEncoding.JPEG.encode(AreaScalerTest.picture(64, 64), 0.3).length;

        assertThat(low).isLessThan(high / 2);
    }

    private static BufferedImage disc() {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, 64, 64);
        graphics.setColor(new Color(230, 80, 20));
        graphics.fillOval(8, 8, 48, 48);
        graphics.dispose();
        return image;
    }
}
