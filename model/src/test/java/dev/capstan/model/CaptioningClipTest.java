package dev.capstan.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import dev.capstan.model.training.NativeArrays;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CaptioningClipTest {
    private static final ModelBundle BUNDLE = ModelFixtures.bundle(4);
    private static CaptioningClip clip;

    @BeforeAll
    static void load() throws WeightsFormatException {
        clip = CaptioningClip.load(BUNDLE, ModelDevice.cpu());
    }

    @AfterAll
    static void close() {
        clip.close();
    }

    @Test
    void shouldEmbedImagesAndTextsAsUnitVectors() {
        float[][] images = clip.embedImages(pictures(3));
        float[][] texts = clip.embedTexts(List.of("red circle", "a picture of a blue square"));

        assertThat(images).hasNumberOfRows(3);
        assertThat(texts).hasNumberOfRows(2);
        for (float[] vector : List.of(images[0], images[2], texts[0], texts[1])) {
            assertThat(vector).hasSize(32);
            assertThat(dot(vector, vector)).isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void shouldEmbedAPictureTheSameWayWhateverStandsBesideIt() {
        List<BufferedImage> many = pictures(70);

        float[][] together = clip.embedImages(many);
        float[][] alone = clip.embedImages(List.of(many.get(69)));

        assertThat(dot(together[69], alone[0])).isCloseTo(1, within(1e-5));
    }

    @Test
    void shouldEmbedATextTheSameWayWhateverStandsBesideIt() {
        float[][] together = clip.embedTexts(List.of("red", "a picture of a red circle of red circles of red squares"));
        float[][] alone = clip.embedTexts(List.of("red"));

        assertThat(dot(together[0], alone[0])).isCloseTo(1, within(1e-5));
    }

    @Test
    void shouldAverageTemplatesInTheSharedSpace() {
        List<String> templates = List.of("a picture of {}", "{}");
        float[][] texts = clip.embedTexts(List.of("a picture of red circle", "red circle"));
        float[] image = clip.embedImages(pictures(1))[0];
        double mean = (dot(image, texts[0]) + dot(image, texts[1])) / 2;
        double length = Math.sqrt((2 + 2 * dot(texts[0], texts[1])) / 4);

        LabelEmbeddings labels = clip.labelEmbeddings(List.of("red circle"), templates);

        assertThat(labels.rank(image, 1).get(0).similarity()).isCloseTo(mean / length, within(1e-5));
    }

    @Test
    void shouldRankLabelsByProbability() {
        LabelEmbeddings labels = clip.labelEmbeddings(ModelFixtures.labels(), List.of("{}"));

        List<List<ScoredLabel>> ranked = clip.classify(pictures(2), labels, 100);
        List<List<ScoredLabel>> top = clip.classify(pictures(2), labels, 3);

        assertThat(ranked.get(0))
                .hasSize(12)
                .isSortedAccordingTo((a, b) -> Double.compare(b.probability(), a.probability()));
        assertThat(ranked.get(0).stream().mapToDouble(ScoredLabel::probability).sum())
                .isCloseTo(1, within(1e-9));
        assertThat(top.get(1)).isEqualTo(ranked.get(1).subList(0, 3));
    }

    @Test
    void shouldRefuseLabelsWithoutTemplatesAndTemplatesWithoutLabels() {
        assertThatThrownBy(() -> clip.labelEmbeddings(List.of(), List.of("{}")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> clip.labelEmbeddings(List.of("cat"), List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldCaptionEveryPicture() {
        List<CaptionResult> captions =
                clip.caption(pictures(5), new CaptionOptions(Optional.empty(), 6, 3, CaptionRanking.LIKELIHOOD));

        assertThat(captions).hasSize(5);
        for (CaptionResult caption : captions) {
            assertThat(caption.alternatives()).hasSize(3);
            assertThat(caption.caption())
                    .isEqualTo(caption.alternatives().get(0).caption());
            assertThat(caption.alternatives()).isSortedAccordingTo((a, b) -> Double.compare(b.score(), a.score()));
            assertThat(caption.grounding()).isBetween(0.0, 2.5);
        }
    }

    @Test
    void shouldGroundACaptionByItsSimilarityToThePicture() {
        List<BufferedImage> pictures = pictures(4);
        float[][] images = clip.embedImages(pictures);

        List<CaptionResult> captions = clip.caption(pictures, CaptionOptions.greedy(4));

        for (int i = 0; i < images.length; i++) {
            String text = "a picture of " + captions.get(i).caption();
            double cosine = dot(images[i], clip.embedTexts(List.of(text))[0]);
            assertThat(captions.get(i).grounding()).isCloseTo(2.5 * Math.max(cosine, 0), within(1e-4));
        }
    }

    @Test
    void shouldPutTheCaptionFirstThatLanguageModelAndPictureSupportTogether() {
        List<BufferedImage> pictures = pictures(4);
        float[][] images = clip.embedImages(pictures);
        double logitScale = Math.exp(Objects.requireNonNull(BUNDLE.byName().get(ParameterCatalog.LOGIT_SCALE))
                .toFloats()[0]);

        List<CaptionResult> captions =
                clip.caption(pictures, new CaptionOptions(Optional.empty(), 6, 5, CaptionRanking.GROUNDING));

        for (int i = 0; i < images.length; i++) {
            float[] image = images[i];
            CaptionResult caption = captions.get(i);
            assertThat(caption.alternatives()).hasSize(5);
            assertThat(caption.alternatives())
                    .isSortedAccordingTo(Comparator.comparingDouble((ScoredCaption alternative) ->
                            -alternative.logProbability()
                                    - logitScale
                                            * dot(
                                                    image,
                                                    clip.embedTexts(List.of("a picture of " + alternative.caption()))[
                                                            0])));
            double cosine = dot(image, clip.embedTexts(List.of("a picture of " + caption.caption()))[0]);
            assertThat(caption.grounding()).isCloseTo(2.5 * Math.max(cosine, 0), within(1e-4));
        }
    }

    @Test
    void shouldCaptionAPictureTheSameWayWhateverStandsBesideIt() {
        List<BufferedImage> pictures = pictures(6);

        List<CaptionResult> together = clip.caption(pictures, CaptionOptions.greedy(8));
        List<CaptionResult> alone = clip.caption(pictures.subList(5, 6), CaptionOptions.greedy(8));

        assertThat(together.get(5).caption()).isEqualTo(alone.get(0).caption());
    }

    @Test
    void shouldFollowTheAskersPrompt() {
        List<BufferedImage> picture = pictures(1);

        CaptionResult own = clip.caption(picture, CaptionOptions.greedy(8)).get(0);
        CaptionResult same = clip.caption(
                        picture, new CaptionOptions(Optional.of("a picture of"), 8, 1, CaptionRanking.LIKELIHOOD))
                .get(0);
        CaptionResult none = clip.caption(picture, new CaptionOptions(Optional.of(""), 8, 1, CaptionRanking.LIKELIHOOD))
                .get(0);

        assertThat(same).isEqualTo(own);
        assertThat(none.alternatives().get(0).score())
                .isNotEqualTo(own.alternatives().get(0).score());
    }

    @Test
    void shouldStopWhereTheContextEnds() {
        CaptionResult caption =
                clip.caption(pictures(1), CaptionOptions.greedy(1000)).get(0);

        assertThat(clip.embedTexts(List.of(caption.caption()))).hasNumberOfRows(1);
    }

    @Test
    void shouldRefuseAPromptThatFillsTheContext() {
        String prompt = "red circle ".repeat(40);

        assertThatThrownBy(() -> clip.caption(
                        pictures(1), new CaptionOptions(Optional.of(prompt), 4, 1, CaptionRanking.LIKELIHOOD)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no room");
    }

    @Test
    void shouldAnswerAnEmptyRequest() {
        LabelEmbeddings labels = clip.labelEmbeddings(List.of("red"), List.of("{}"));

        assertThat(clip.caption(List.of(), CaptionOptions.greedy(4))).isEmpty();
        assertThat(clip.classify(List.of(), labels, 1)).isEmpty();
        assertThat(clip.embedTexts(List.of())).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(ModelArchitecture.ImageFeature.class)
    void shouldCaptionFromEveryImageFeature(ModelArchitecture.ImageFeature feature) throws Exception {
        try (CaptioningClip other = CaptioningClip.load(ModelFixtures.bundle(2, feature), ModelDevice.cpu())) {
            assertThat(other.caption(pictures(2), CaptionOptions.greedy(3))).hasSize(2);
        }
    }

    @Test
    void shouldHoldTheSameArraysBeforeAndAfterRequests() throws Exception {
        try (CaptioningClip model = CaptioningClip.load(BUNDLE, ModelDevice.cpu())) {
            CaptionOptions beams = new CaptionOptions(Optional.empty(), 6, 2, CaptionRanking.LIKELIHOOD);
            LabelEmbeddings labels = model.labelEmbeddings(ModelFixtures.labels(), List.of("{}"));
            model.warmUp();
            model.caption(pictures(3), beams);
            long before = model.nativeArrays();

            for (int i = 0; i < 10; i++) {
                model.classify(pictures(2), labels, 3);
                model.caption(pictures(3), beams);
                model.embedTexts(List.of("red circle"));
            }

            assertThat(model.nativeArrays()).isEqualTo(before);
        }
    }

    @Test
    void shouldFreeEverythingOverFiftyReloads() throws Exception {
        List<BufferedImage> picture = pictures(1);
        long before = NativeArrays.inTheEngine();

        for (int i = 0; i < 50; i++) {
            try (CaptioningClip model = CaptioningClip.load(BUNDLE, ModelDevice.cpu())) {
                model.warmUp();
                assertThat(model.embedImages(picture)).hasNumberOfRows(1);
                assertThat(model.nativeArrays()).isPositive();
            }
        }

        assertThat(NativeArrays.inTheEngine()).isEqualTo(before);
    }

    @Test
    void shouldFreeEverythingOverFiftyFailedReloads() {
        long before = NativeArrays.inTheEngine();
        ModelBundle broken =
                BUNDLE.with(List.of(TensorValue.ofBytes(ParameterCatalog.TOKENIZER, new byte[] {'{', '}'})));

        for (int i = 0; i < 50; i++) {
            assertThatThrownBy(() -> CaptioningClip.load(broken, ModelDevice.cpu()))
                    .isInstanceOf(WeightsFormatException.class);
        }

        assertThat(NativeArrays.inTheEngine()).isEqualTo(before);
    }

    @Test
    void shouldRefuseWorkOnceClosed() throws Exception {
        CaptioningClip model = CaptioningClip.load(BUNDLE, ModelDevice.cpu());
        model.close();
        model.close();

        assertThat(model.nativeArrays()).isZero();
        assertThatThrownBy(() -> model.embedTexts(List.of("red"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldServeHalfPrecisionWeights() throws Exception {
        List<TensorValue> halves = new ArrayList<>();
        for (TensorValue tensor : BUNDLE.tensors()) {
            halves.add(tensor.type() == TensorType.F32 ? tensor.as(TensorType.F16) : tensor);
        }
        try (CaptioningClip half = CaptioningClip.load(BUNDLE.with(halves), ModelDevice.cpu())) {
            float[] picture = half.embedImages(pictures(1))[0];

            assertThat(dot(picture, clip.embedImages(pictures(1))[0])).isGreaterThan(0.999);
        }
    }

    private static List<BufferedImage> pictures(int count) {
        SplittableRandom random = new SplittableRandom(6);
        List<String> labels = ModelFixtures.labels();
        List<BufferedImage> pictures = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pictures.add(ModelFixtures.shape(labels.get(i % labels.size()), random));
        }
        return pictures;
    }

    private static double dot(float[] left, float[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += left[i] * right[i];
        }
        return sum;
    }
}
