package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PngEncoderTest {

    @Test
    void shouldWriteWhatOthersRead() throws IOException {
        int[] noise = Seeds.random(1).ints(120 * 70, 0, 0x1000000).toArray();

        BufferedImage image = TestPictures.decode(new PngEncoder().encode(noise, 120, 70));

        int[] opaque = Arrays.stream(noise).map(pixel -> pixel | 0xff000000).toArray();
        assertThat(image.getRGB(0, 0, 120, 70, null, 0, 120)).isEqualTo(opaque);
    }

    @Test
    void shouldEncodeAgainAndAgain() throws IOException {
        PngEncoder encoder = new PngEncoder();
        int[] pixels = new int[64 * 64];
        ByteBuffer first = encoder.encode(pixels, 64, 64);

        ByteBuffer second = encoder.encode(pixels, 64, 64);

        assertThat(second).isEqualTo(first);
        assertThat(second.remaining()).isLessThan(300);
    }
}
