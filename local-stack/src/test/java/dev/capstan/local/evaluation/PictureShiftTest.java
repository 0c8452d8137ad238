package dev.capstan.local.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.testing.TinyModels;
import java.awt.Color;
import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class PictureShiftTest {
    private static final BufferedImage PICTURE = TinyModels.picture(Color.RED, Color.BLUE);

    private static int middle(BufferedImage image) {
        return image.getRGB(24, 24) & 0xffffff;
    }

    @Test
    void shouldLeavePicturesAlone() {
        assertThat(PictureShift.NONE.apply(PICTURE, 1)).isSameAs(PICTURE);
    }

    @Test
    void shouldTakeTheColourAway() {
        // 0.299 of 255, rounded.
        assertThat(middle(PictureShift.GREY.apply(PICTURE, 1))).isEqualTo(0x4c4c4c);
    }

    @Test
    void shouldMixWhatLiesSideBySideOnly() {
        BufferedImage blurred = PictureShift.BLUR.apply(PICTURE, 1);

        assertThat(middle(blurred)).isEqualTo(0xff0000);
        assertThat(blurred.getRGB(0, 0) & 0xffffff).isEqualTo(0x0000ff);
        // The circle begins at a sixth of the side.
        assertThat(new Color(blurred.getRGB(8, 24)))
                .matches(edge -> edge.getRed() > 20 && edge.getBlue() > 20 && edge.getGreen() == 0);
    }

    @Test
    void shouldAddTheSameNoiseForTheSameSeed() {
        int first = middle(PictureShift.NOISE.apply(PICTURE, 1));

        assertThat(middle(PictureShift.NOISE.apply(PICTURE, 1))).isEqualTo(first);
        assertThat(PictureShift.NOISE.apply(PICTURE, 2).getRGB(5, 5))
                .isNotEqualTo(PictureShift.NOISE.apply(PICTURE, 1).getRGB(5, 5));
    }
}
