package dev.capstan.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ImageResolutionTest {
    private static final String POSITIONS = "clip.visual.attnpool.positional_embedding";
    private static final ModelBundle BUNDLE = ModelFixtures.bundle(4);

    @Test
    void shouldKeepEveryTensorWhereTheSizeStays() {
        ModelBundle same =
                ImageResolution.at(BUNDLE, BUNDLE.architecture().image().size());

        assertThat(same).isEqualTo(BUNDLE);
    }

    @Test
    void shouldSpreadOnePositionOverALargerGridAndLeaveTheRestAlone() {
        ModelBundle small = ImageResolution.at(BUNDLE, 32);

        ModelBundle large = ImageResolution.at(small, 64);

        float[] before = positions(small);
        float[] after = positions(large);
        int width = large.architecture().image().features();
        assertThat(after).hasSize(5 * width);
        assertThat(part(after, 0, width)).isEqualTo(part(before, 0, width));
        for (int position = 1; position < 5; position++) {
            assertThat(part(after, position, width)).isEqualTo(part(before, 1, width));
        }
        large.byName().forEach((name, tensor) -> {
            if (!name.equals(POSITIONS)) {
                assertThat(tensor).isEqualTo(small.byName().get(name));
            }
        });
    }

    @Test
    void shouldInterpolateBetweenPositions() {
        ModelBundle two = ImageResolution.at(BUNDLE, 64);
        int width = two.architecture().image().features();
        float[] values = new float[5 * width];
        for (int position = 0; position < 5; position++) {
            Arrays.fill(values, position * width, (position + 1) * width, position);
        }
        ModelBundle numbered = two.with(List.of(TensorValue.ofFloats(POSITIONS, new long[] {5, width}, values)));

        float[] four = positions(ImageResolution.at(numbered, 128));

        // 1 2 / 3 4: the corners stay, the middle of the top row stands a quarter and three quarters of the way.
        float[] topRow = {1, 1.25f, 1.75f, 2};
        for (int column = 0; column < 4; column++) {
            assertThat(four[(1 + column) * width]).isCloseTo(topRow[column], within(1e-6f));
            assertThat(four[(13 + column) * width]).isCloseTo(topRow[column] + 2, within(1e-6f));
        }
    }

    @Test
    void shouldComputeAtTheNewSize() throws WeightsFormatException {
        try (CaptioningClip clip = CaptioningClip.load(ImageResolution.at(BUNDLE, 96), ModelDevice.cpu())) {
            float[][] embedded = clip.embedImages(List.of(new BufferedImage(96, 96, BufferedImage.TYPE_INT_RGB)));

            assertThat(clip.architecture().image().size()).isEqualTo(96);
            assertThat(embedded[0]).hasSize(32);
        }
    }

    @Test
    void shouldRefuseASizeThatTheEncoderCannotTake() {
        assertThatThrownBy(() -> ImageResolution.at(BUNDLE, 50))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("50");
    }

    private static float[] positions(ModelBundle bundle) {
        return Objects.requireNonNull(bundle.byName().get(POSITIONS)).toFloats();
    }

    private static float[] part(float[] values, int position, int width) {
        return Arrays.copyOfRange(values, position * width, (position + 1) * width);
    }
}
