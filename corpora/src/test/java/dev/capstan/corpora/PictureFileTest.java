package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.UncheckedIOException;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class PictureFileTest {

    /** One pixel, without loss. */
    private static final String WEBP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==";

    @Test
    void shouldDrawVectorsAtTheSide() {
        byte[] svg = NpmFixture.utf8("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 10\">"
                + "<rect x=\"0\" y=\"0\" width=\"5\" height=\"10\" fill=\"#00ff00\"/></svg>");

        BufferedImage image = new PictureFile("half.svg", svg, 40).draw(Seeds.random(0));

        assertThat(image.getWidth()).isEqualTo(40);
        assertThat(image.getRGB(10, 20)).isEqualTo(0xff00ff00);
        assertThat(image.getRGB(30, 20)).isZero();
    }

    @Test
    void shouldReadWebP() {
        byte[] webp = Base64.getDecoder().decode(WEBP);

        BufferedImage image = new PictureFile("dot.webp", webp, 40).draw(Seeds.random(0));

        assertThat(image.getWidth()).isEqualTo(1);
        assertThat(image.getHeight()).isEqualTo(1);
    }

    @Test
    void shouldReduceLargePicturesByAveraging() {
        BufferedImage fine = new BufferedImage(90, 60, BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < 60; y++) {
            for (int x = 0; x < 90; x++) {
                fine.setRGB(x, y, (x + y) % 2 == 0 ? 0xffffffff : 0xff000000);
            }
        }

        BufferedImage image = new PictureFile("fine.png", TestPictures.png(fine), 45).draw(Seeds.random(0));

        assertThat(image.getWidth()).isEqualTo(45);
        assertThat(image.getHeight()).isEqualTo(30);
        assertThat(image.getRGB(20, 20)).isEqualTo(0xff808080);
    }

    @Test
    void shouldLeaveSmallPicturesAsTheyAre() {
        byte[] file = TestPictures.png(TestPictures.blot(20, 0xff123456));

        BufferedImage image = new PictureFile("small.png", file, 72).draw(Seeds.random(0));

        assertThat(image.getWidth()).isEqualTo(20);
        assertThat(image.getRGB(10, 10)).isEqualTo(0xff123456);
    }

    @Test
    void shouldNameAFileThatCannotBeRead() {
        PictureFile broken = new PictureFile("img/broken.png", new byte[20], 72);

        assertThatThrownBy(() -> broken.draw(Seeds.random(0)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("img/broken.png");
    }
}
