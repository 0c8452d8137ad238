package dev.capstan.inference.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.capstan.model.CaptioningClip;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.testing.NativeArrays;
import dev.capstan.testing.TinyModels;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClipScoringModelTest {
    private static final BufferedImage PICTURE = TinyModels.picture(Color.RED, Color.WHITE);

    @Test
    void shouldAnswerWithTheCosineOfTheModelsOwnVectors() throws Exception {
        ModelBundle bundle = TinyModels.random(1);
        String architecture = bundle.architecture().toJson();
        try (ClipScoringModel model = ClipScoringModel.load(architecture, bundle.tensors(), ModelDevice.cpu());
                CaptioningClip clip = CaptioningClip.load(bundle, ModelDevice.cpu())) {
            float[] image = clip.embedImages(List.of(PICTURE))[0];
            float[] text = clip.embedTexts(List.of("a red circle"))[0];
            double expected = 0;
            for (int i = 0; i < image.length; i++) {
                expected += image[i] * text[i];
            }

            double similarity = model.similarity(PICTURE, "a red circle");

            assertThat(similarity).isCloseTo(expected, within(1e-5)).isBetween(-1.0, 1.0);
        }
    }

    @Test
    void shouldFreeWhatItBuiltIfTheModelCannotBeUsed() throws Exception {
        ModelBundle bundle = TinyModels.random(1);
        long before = NativeArrays.count();

        assertThatThrownBy(() -> ClipScoringModel.load(
                        bundle.architecture().toJson(), bundle.tensors().subList(0, 3), ModelDevice.cpu()))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(NativeArrays.count()).isEqualTo(before);
    }
}
