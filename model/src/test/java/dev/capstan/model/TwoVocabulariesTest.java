package dev.capstan.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.capstan.model.ModelArchitecture.ImageFeature;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import dev.capstan.model.text.TextTokenizer;
import dev.capstan.model.training.PairBatch;
import dev.capstan.model.training.StepResult;
import dev.capstan.model.training.Trainee;
import dev.capstan.model.training.TrainingMode;
import dev.capstan.model.training.TrainingOptions;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A text encoder and a language model that were never made for each other. */
class TwoVocabulariesTest {
    private static final List<String> TOKENIZERS =
            List.of(ParameterCatalog.TOKENIZER, ParameterCatalog.LANGUAGE_MODEL_TOKENIZER);
    private static final BufferedImage PICTURE = ModelFixtures.shape("red circle", new SplittableRandom(3));

    private final ModelBundle bundle;

    TwoVocabulariesTest() throws WeightsFormatException {
        this.bundle = ModelFixtures.twoVocabularies(5, ImageFeature.ATTENTION_POOL);
    }

    /** A language model that says one word over and over. */
    private ModelBundle saying(long token) {
        String embedding = "language_model.transformer.wte.weight";
        TensorValue tokens = Objects.requireNonNull(bundle.byName().get(embedding));
        int width = bundle.architecture().languageModel().width();
        float[] values = tokens.toFloats();
        Arrays.fill(values, (int) token * width, (int) (token + 1) * width, 10);
        float[] ones = new float[width];
        Arrays.fill(ones, 1);
        long[] shape = {width};
        return bundle.with(List.of(
                TensorValue.ofFloats(embedding, tokens.shape(), values),
                TensorValue.ofFloats("language_model.transformer.ln_f.weight", shape, new float[width]),
                TensorValue.ofFloats("language_model.transformer.ln_f.bias", shape, ones)));
    }

    @Test
    void shouldWriteCaptionsInOneVocabularyAndRankThemInTheOther() throws Exception {
        long token;
        try (TextTokenizer captions = TextTokenizer.load(
                bundle.languageModelTokenizer(), bundle.architecture().captionTokenizer())) {
            long[] ids = captions.encode("green");
            assertThat(ids).hasSize(1);
            token = ids[0];
        }
        CaptionOptions options = new CaptionOptions(Optional.empty(), 3, 2, CaptionRanking.GROUNDING);

        try (CaptioningClip clip = CaptioningClip.load(saying(token), ModelDevice.cpu())) {
            CaptionResult caption = clip.caption(List.of(PICTURE), options).get(0);

            assertThat(caption.caption()).isEqualTo("green green green");
            float[] text = clip.embedTexts(List.of("a picture of green green green"))[0];
            double cosine = LabelEmbeddings.dot(clip.embedImages(List.of(PICTURE))[0], text);
            assertThat(caption.grounding()).isCloseTo(2.5 * Math.max(0, cosine), within(1e-4));
        }
    }

    @Test
    void shouldCleanTextsAsClipDoes() throws Exception {
        try (CaptioningClip clip = CaptioningClip.load(bundle, ModelDevice.cpu())) {
            float[][] vectors = clip.embedTexts(List.of("a caf\u00e9", "A  caf&amp;eacute;"));

            assertThat(vectors[1]).isEqualTo(vectors[0]);
        }
    }

    @Test
    void shouldLearnCaptionsAndHandBothVocabulariesOn() throws Exception {
        PairBatch batch = ModelFixtures.shapes(12, new SplittableRandom(8));
        try (Trainee trainee =
                Trainee.load(bundle, List.of(), TrainingOptions.streaming(TrainingMode.LIMBER), ModelDevice.cpu())) {
            StepResult first = trainee.step(batch, 0);
            StepResult last = first;
            for (int step = 1; step < 60; step++) {
                last = trainee.step(batch, step);
            }
            ModelBundle served = new ModelBundle(
                    ModelArchitecture.fromJson(trainee.architecture().toJson()),
                    trainee.servingTensors(TensorType.F16));

            assertThat(last.captionLoss().orElseThrow())
                    .isLessThan(first.captionLoss().orElseThrow() - 0.1);
            for (String tokenizer : TOKENIZERS) {
                assertThat(served.byName().get(tokenizer))
                        .isEqualTo(bundle.byName().get(tokenizer));
            }
            try (CaptioningClip clip = CaptioningClip.load(served, ModelDevice.cpu())) {
                assertThat(clip.caption(List.of(PICTURE), CaptionOptions.greedy(4)))
                        .hasSize(1);
            }
        }
    }

    @Test
    void shouldTrainBothEncodersBesideAForeignLanguageModel() throws Exception {
        PairBatch batch = ModelFixtures.shapes(12, new SplittableRandom(8));
        try (Trainee trainee =
                Trainee.load(bundle, List.of(), TrainingOptions.streaming(TrainingMode.JOINT), ModelDevice.cpu())) {
            StepResult result = trainee.step(batch, 0);

            assertThat(result.applied()).isTrue();
            assertThat(result.contrastiveLoss().orElseThrow()).isFinite();
            assertThat(result.captionLoss().orElseThrow()).isFinite();
        }
    }

    @Test
    void shouldNameTheTokenizerThatCannotBeRead() {
        ModelBundle broken = bundle.with(
                List.of(TensorValue.ofBytes(ParameterCatalog.LANGUAGE_MODEL_TOKENIZER, new byte[] {'{', '}'})));

        assertThatThrownBy(() -> CaptioningClip.load(broken, ModelDevice.cpu()))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("language_model_tokenizer.json");
    }

    @Test
    void shouldBeginNoTextWhereTheVocabularyHasNoStartToken() throws Exception {
        ModelArchitecture.Tokenizer special = bundle.architecture().captionTokenizer();
        ModelArchitecture.Tokenizer endless =
                new ModelArchitecture.Tokenizer(ModelArchitecture.Tokenizer.NONE, special.endToken(), 0, true);

        try (TextTokenizer tokenizer = TextTokenizer.load(bundle.languageModelTokenizer(), endless)) {
            long[] body = tokenizer.encode("red circle");
            var whole = tokenizer.encodeWhole(List.of("red circle"), 16);

            assertThat(Arrays.copyOf(whole.ids(), body.length)).isEqualTo(body);
            assertThat(whole.id(0, body.length)).isEqualTo(special.endToken());
            assertThat(whole.length()).isEqualTo(body.length + 1);
        }
    }

    /** As GPT-2's, whose words carry the space before them. */
    @Test
    void shouldCutACaptionAsItStandsBehindThePrompt() throws Exception {
        ModelArchitecture.Tokenizer special = bundle.architecture().captionTokenizer();
        byte[] spaced = new String(bundle.languageModelTokenizer(), StandardCharsets.UTF_8)
                .replace("\"add_prefix_space\":true", "\"add_prefix_space\":false")
                .getBytes(StandardCharsets.UTF_8);

        try (TextTokenizer tokenizer = TextTokenizer.load(spaced, special)) {
            long[] after = tokenizer.encodeAfter("a picture of", "green circle");

            assertThat(after)
                    .isEqualTo(tokenizer.encode(" green circle"))
                    .isNotEqualTo(tokenizer.encode("green circle"));
            assertThat(tokenizer.encodeAfter("", "green circle")).isEqualTo(tokenizer.encode("green circle"));
            assertThat(tokenizer
                            .encodeCaptions("a picture of", List.of("green circle"), 20)
                            .id(0, 0))
                    .isEqualTo(after[0]);
        }
    }
}
