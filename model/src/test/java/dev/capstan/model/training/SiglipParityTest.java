package dev.capstan.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.network.CaptioningNetwork;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.Weights;
import dev.capstan.model.parity.ParityFixture;
import dev.capstan.model.pretrained.PretrainedClip;
import dev.capstan.model.text.TokenBatch;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** SigLIP's encoders, loss and gradients against transformers, read from the directory that it writes. */
class SiglipParityTest {
    /** The fixture's texts without what fills them up. */
    private static final TokenBatch TEXTS = TokenBatch.of(
            List.of(new long[] {3, 7, 9, 63}, new long[] {5, 63}, new long[] {1, 2, 3, 4, 5, 6, 8, 63}), 0);

    @Test
    void shouldComputeAndLearnAsTransformers() throws IOException {
        try (ParityFixture fixture = ParityFixture.open("siglip")) {
            PretrainedClip siglip = PretrainedClip.read(fixture.directory());
            Weights weights = fixture.load(siglip.weights());
            assertThat(siglip.text().logitBias()).isTrue();

            fixture.backward(() -> {
                ImageEncoder.Features features = siglip.image()
                        .network(fixture.constants())
                        .forward(weights.under(ParameterCatalog.IMAGE_ENCODER), fixture.pixels(), true);
                NDArray texts =
                        siglip.text().network(fixture.constants()).forward(weights.under(ParameterCatalog.CLIP), TEXTS);
                ContrastiveLoss.Result result = new SigmoidLoss(fixture.constants())
                        .compute(
                                features.embedding(),
                                texts,
                                weights.get(ParameterCatalog.LOGIT_SCALE),
                                weights.get(ParameterCatalog.LOGIT_BIAS),
                                List.of("a", "b", "c"));
                fixture.assertForward(features.grid(), "grid");
                fixture.assertForward(CaptioningNetwork.normalised(features.embedding()), "images");
                fixture.assertForward(CaptioningNetwork.normalised(texts), "embedded_texts");
                fixture.assertForward(result.logits(), "logits");
                fixture.assertForward(result.loss().reshape(new Shape(1)), "loss");
                return result.loss();
            });

            fixture.assertGradients(name -> name.startsWith("vision_model.")
                    ? ParameterCatalog.IMAGE_ENCODER + name
                    : ParameterCatalog.CLIP + name);
        }
    }
}
