package dev.capstan.inference;

import static dev.capstan.inference.InferenceContext.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.capstan.inference.reload.ServingModels;
import dev.capstan.inference.serving.ClipServingModel;
import dev.capstan.model.CaptionOptions;
import dev.capstan.model.CaptionResult;
import dev.capstan.model.CaptioningClip;
import dev.capstan.model.ModelArchitecture.ImageFeature;
import dev.capstan.model.ModelArchitecture.Limber;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ScoredLabel;
import dev.capstan.model.pretrained.ModelAssembly;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRanking;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.testing.KafkaExtension;
import dev.capstan.testing.NativeArrays;
import dev.capstan.testing.PublishedModels;
import dev.capstan.testing.TinyModels;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real model behind real topics. */
class RealModelTest {
    private static final int RELOADS = 50;
    private static final List<String> LABELS = List.of("red circle", "blue square", "green triangle");
    private static final BufferedImage PICTURE = TinyModels.picture(Color.RED, Color.WHITE);

    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private final ServingModels models =
            (architecture, tensors) -> ClipServingModel.load(architecture, tensors, ModelDevice.cpu());
    private InferenceContext context;

    @BeforeAll
    static void createTopics() {
        KAFKA.createTopics();
    }

    @BeforeEach
    void begin() {
        context = new InferenceContext(KAFKA);
    }

    @AfterEach
    void end() {
        context.close();
    }

    /** What was put together of published parts has two vocabularies, which both come through the log. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldAnswerAsTheModelItselfWould(boolean ofPublishedParts, @TempDir Path directory) throws Exception {
        ModelBundle bundle = ofPublishedParts ? published(directory) : TinyModels.random(1);
        long version = publish(bundle);
        context.start(models);

        context.ask(classify("c"));
        context.ask(caption("k"));

        ClassificationEvent classification = context.classifications(1).get(0);
        CaptionEvent captioned = context.captions(1).get(0);
        try (CaptioningClip clip = CaptioningClip.load(bundle, ModelDevice.cpu())) {
            List<ScoredLabel> ranked = clip.classify(
                            List.of(PICTURE), clip.labelEmbeddings(LABELS, List.of("{}")), LABELS.size())
                    .get(0);
            CaptionResult result =
                    clip.caption(List.of(PICTURE), CaptionOptions.greedy(6)).get(0);
            assertThat(classification.getAlternatives())
                    .extracting(dev.capstan.schemas.records.ScoredLabel::getLabel)
                    .containsExactlyElementsOf(
                            ranked.stream().map(ScoredLabel::label).toList());
            assertThat(classification.getAlternatives().get(0).getProbability())
                    .isCloseTo(ranked.get(0).probability(), within(1e-4));
            assertThat(captioned.getCaption()).isEqualTo(result.caption());
            assertThat(captioned.getGrounding()).isCloseTo(result.grounding(), within(1e-4));
        }
        assertThat(classification.getCheckpoint()).isEqualTo(version);
        assertThat(captioned.getCheckpoint()).isEqualTo(version);
    }

    private static ModelBundle published(Path directory) throws IOException {
        ModelAssembly.Parts parts = new ModelAssembly.Parts(
                PublishedModels.openClip(directory.resolve("clip"), 1),
                PublishedModels.gpt2(directory.resolve("gpt2"), 2),
                new ModelAssembly.ImageWeights.OfClip(),
                false);
        return ModelAssembly.assemble(parts, Limber.ofThePaper(ImageFeature.GRID, 1), new SplittableRandom(3));
    }

    @Test
    void shouldHoldAsManyNativeArraysAfterReloadsAndFailedReloadsAsBefore() {
        publish(TinyModels.random(1));
        context.start(models);
        context.reloads(1);
        answer("before");
        long before = NativeArrays.count();
        assertThat(before).isPositive();
        List<Long> sound =
                List.of(publish(TinyModels.random(2)), publish(TinyModels.random(3)), publish(TinyModels.random(4)));

        swing(sound, RELOADS - sound.size());

        assertThat(outcomes(RELOADS + 1)).containsOnly(ReloadOutcome.SERVING).hasSize(RELOADS + 1);
        answer("between");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(NativeArrays.count()).isEqualTo(before));
        ModelBundle bundle = TinyModels.random(5);
        List<Long> broken = List.of(
                publish(bundle, withBrokenScale(bundle)),
                publish(bundle, withBrokenTokenizer(bundle)),
                publish(bundle, withoutProjection(bundle)));

        swing(broken, RELOADS - broken.size());

        assertThat(outcomes(2 * RELOADS + 1).subList(RELOADS + 1, 2 * RELOADS + 1))
                .containsOnly(ReloadOutcome.FAILED)
                .hasSize(RELOADS);
        answer("after");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(NativeArrays.count()).isEqualTo(before));
        context.stopServices();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(NativeArrays.count()).isZero());
    }

    private long publish(ModelBundle bundle) {
        return publish(bundle, bundle.tensors().stream());
    }

    private long publish(ModelBundle bundle, Stream<TensorValue> tensors) {
        long version = context.publish(bundle.architecture().toJson(), tensors.toList());
        context.awaitReload(version);
        return version;
    }

    /** Fails while the model is warmed, when all of it is in native memory. */
    private static Stream<TensorValue> withBrokenScale(ModelBundle bundle) {
        return bundle.tensors().stream()
                .map(tensor -> tensor.name().equals(ParameterCatalog.LOGIT_SCALE)
                        ? TensorValue.ofFloats(tensor.name(), tensor.shape(), new float[] {Float.NaN})
                        : tensor);
    }

    /** Fails before anything is in native memory. */
    private static Stream<TensorValue> withBrokenTokenizer(ModelBundle bundle) {
        return bundle.tensors().stream()
                .map(tensor -> tensor.name().equals(ParameterCatalog.TOKENIZER)
                        ? TensorValue.ofBytes(tensor.name(), new byte[] {'{'})
                        : tensor);
    }

    /** Fails when the parts are compared with the architecture. */
    private static Stream<TensorValue> withoutProjection(ModelBundle bundle) {
        return bundle.tensors().stream().filter(tensor -> !tensor.name().startsWith(ParameterCatalog.LIMBER));
    }

    /** Makes versions live that are not, back and forth, and waits for the end of each reload. */
    private void swing(List<Long> versions, int times) {
        for (int i = 0; i < times; i++) {
            long version = versions.get(versions.size() - 1 - (i + 1) % versions.size());
            context.makeLive(version);
            context.awaitReload(version);
        }
    }

    private List<ReloadOutcome> outcomes(int count) {
        return context.reloads(count).stream().map(ReloadEvent::getOutcome).toList();
    }

    private void answer(String requestId) {
        int classified = context.classifications(0).size();
        int captioned = context.captions(0).size();
        context.ask(classify(requestId));
        context.ask(caption(requestId));
        context.classifications(classified + 1);
        context.captions(captioned + 1);
    }

    private static ClassifyRequest classify(String requestId) {
        return new ClassifyRequest(requestId, Images.png(PICTURE), LABELS, null, null, 3, Instant.now());
    }

    private static CaptionRequest caption(String requestId) {
        return new CaptionRequest(requestId, Images.png(PICTURE), null, 6, 1, CaptionRanking.LIKELIHOOD, Instant.now());
    }
}
