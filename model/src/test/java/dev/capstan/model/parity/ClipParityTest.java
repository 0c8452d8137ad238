package dev.capstan.model.parity;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.network.CaptioningNetwork;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.TextEncoder;
import dev.capstan.model.network.Weights;
import dev.capstan.model.pretrained.PretrainedClip;
import dev.capstan.model.text.TokenBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CLIP's encoders against open_clip and transformers, read from the directories that these write. */
class ClipParityTest {
    @ParameterizedTest
    @ValueSource(strings = {"open-clip-vit", "open-clip-vit-gelu", "open-clip-resnet"})
    void shouldComputeAndLearnAsOpenClip(String name) throws IOException {
        try (ParityFixture fixture = ParityFixture.open(name)) {
            PretrainedClip clip = PretrainedClip.read(fixture.directory());
            Weights weights = fixture.load(clip.weights());
            ImageEncoder imageEncoder = clip.image().network(fixture.constants());
            TextEncoder textEncoder = clip.text().network(fixture.constants());
            Weights visual = weights.under(ParameterCatalog.IMAGE_ENCODER);

            NDArray images =
                    imageEncoder.forward(visual, fixture.pixels(), false).embedding();
            NDArray texts = textEncoder.forward(weights.under(ParameterCatalog.CLIP), texts(fixture));
            fixture.backward(() -> {
                NDArray trained =
                        imageEncoder.forward(visual, fixture.pixels(), true).embedding();
                fixture.assertForward(trained, "trained_images");
                NDArray read = textEncoder.forward(weights.under(ParameterCatalog.CLIP), texts(fixture));
                return trained.mul(fixture.input("probe.images"))
                        .sum()
                        .add(read.mul(fixture.input("probe.texts")).sum());
            });

            fixture.assertForward(images, "images");
            fixture.assertForward(texts, "embedded_texts");
            fixture.assertGradients(ParameterCatalog.CLIP);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hugging-face-clip", "hugging-face-clip-bfloat16"})
    void shouldComputeAsTransformers(String name) throws IOException {
        try (ParityFixture fixture = ParityFixture.open(name)) {
            PretrainedClip clip = PretrainedClip.read(fixture.directory());
            Weights weights = fixture.load(clip.weights());

            ImageEncoder.Features features = clip.image()
                    .network(fixture.constants())
                    .forward(weights.under(ParameterCatalog.IMAGE_ENCODER), fixture.pixels(), false);
            NDArray texts = clip.text()
                    .network(fixture.constants())
                    .forward(weights.under(ParameterCatalog.CLIP), texts(fixture));

            NDArray images = CaptioningNetwork.normalised(features.embedding());
            NDArray words = CaptioningNetwork.normalised(texts);
            fixture.assertForward(images, "images");
            fixture.assertForward(words, "embedded_texts");
            fixture.assertForward(features.grid(), "grid");
            NDArray scale = weights.get(ParameterCatalog.LOGIT_SCALE).exp();
            fixture.assertForward(images.matMul(words.transpose()).mul(scale), "logits");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"open-clip-resnet"})
    void shouldGiveTheGridBeforeTheAttentionPool(String name) throws IOException {
        try (ParityFixture fixture = ParityFixture.open(name)) {
            PretrainedClip clip = PretrainedClip.read(fixture.directory());
            Weights weights = fixture.load(clip.weights()).under(ParameterCatalog.IMAGE_ENCODER);

            NDArray grid = clip.image()
                    .network(fixture.constants())
                    .forward(weights, fixture.pixels(), false)
                    .grid();

            fixture.assertForward(grid, "grid");
            assertThat(grid.getShape().get(1)).isEqualTo(clip.image().positions());
            assertThat(grid.getShape().get(2)).isEqualTo(clip.image().features());
        }
    }

    /** The fixtures' texts without what fills them up. */
    static TokenBatch texts(ParityFixture fixture) {
        long[] ids = fixture.longs("texts");
        int length = (int) fixture.expected("texts").shape()[1];
        List<long[]> texts = new ArrayList<>();
        for (int row = 0; row < ids.length / length; row++) {
            int end = 0;
            while (ids[row * length + end] != 63) {
                end++;
            }
            long[] text = new long[end + 1];
            System.arraycopy(ids, row * length, text, 0, end + 1);
            texts.add(text);
        }
        return TokenBatch.of(texts, 0);
    }
}
