package dev.capstan.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.model.ClipTextEncoder;
import dev.capstan.model.Gpt2LanguageModel;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.LanguageModel;
import dev.capstan.model.network.Weights;
import dev.capstan.model.text.TokenBatch;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Compares with what openai/CLIP's and Hugging Face's own code computes from the same weights: outputs, the loss, its
 * gradients, and what a training pass leaves in the batch norms. src/test/python/reference_outputs.py wrote the numbers.
 */
class ReferenceParityTest {
    private static final Offset<Double> CLOSE = within(2e-4);
    private static final int VOCABULARY = 50;

    private static final ModelArchitecture ARCHITECTURE = new ModelArchitecture(
            16,
            ModelArchitecture.ImageEncoder.of(64, List.of(2, 1, 1, 1), 8),
            new ClipTextEncoder(8, VOCABULARY, 16, 2, 2),
            new Gpt2LanguageModel(12, VOCABULARY, 16, 2, 2, ModelArchitecture.Activation.GELU_TANH),
            new ModelArchitecture.Limber(ModelArchitecture.ImageFeature.EMBEDDING, 1, false, 0, false, "", ""),
            new ModelArchitecture.Tokenizer(48, 49, 0, true));

    private static final TokenBatch TEXTS = TokenBatch.of(
            List.of(
                    new long[] {48, 3, 7, 49},
                    new long[] {48, 5, 49},
                    new long[] {48, 1, 2, 3, 4, 5, 6, 49},
                    new long[] {48, 9, 9, 49}),
            0);

    private static NDManager manager;
    private static Constants constants;
    private static JsonNode expected;

    @BeforeAll
    static void open() throws IOException {
        manager = ModelDevice.cpu().openManager();
        constants = new Constants(manager);
        try (InputStream file = ModelArchitecture.class.getResourceAsStream("reference-outputs.json")) {
            expected = JsonMapper.builder().build().readTree(Objects.requireNonNull(file));
        }
    }

    @AfterAll
    static void close() {
        manager.close();
    }

    @Test
    void shouldEncodeImagesAsTheReference() {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            Weights weights = weights(parameters());

            NDArray embedding = ARCHITECTURE
                    .image()
                    .network(constants)
                    .forward(weights.under(ParameterCatalog.IMAGE_ENCODER), pixels(), false)
                    .embedding();

            assertClose(embedding.toFloatArray(), expected.get("images"));
        }
    }

    @Test
    void shouldEncodeTextsAsTheReference() {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            Weights weights = weights(parameters());

            NDArray embedding =
                    ARCHITECTURE.text().network(constants).forward(weights.under(ParameterCatalog.CLIP), TEXTS);

            assertClose(embedding.toFloatArray(), expected.get("texts"));
        }
    }

    @Test
    void shouldPredictTokensAsTheReference() {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            Weights weights = weights(parameters()).under(ParameterCatalog.LANGUAGE_MODEL);
            LanguageModel model = ARCHITECTURE.languageModel().network(constants);
            NDArray tokens = manager.create(new long[] {48, 3, 7, 9, 1, 2, 48, 5, 5, 8, 30, 12}, new Shape(2, 6));

            NDArray hidden = model.forward(weights, model.embed(weights, tokens), null);

            NDArray logits = model.logits(weights, hidden.get(":, 5"));
            assertClose(logits.toFloatArray(), expected.get("languageModel"));
        }
    }

    @Test
    void shouldTrainAsTheReference() {
        try (GradientSession session = GradientSession.open(manager)) {
            Map<String, NDArray> parameters = parameters();
            JsonNode gradients = expected.get("gradients");
            gradients
                    .fieldNames()
                    .forEachRemaining(name -> get(parameters, name).setRequiresGradient(true));
            Weights weights = weights(parameters);
            NDArray images = ARCHITECTURE
                    .image()
                    .network(constants)
                    .forward(weights.under(ParameterCatalog.IMAGE_ENCODER), pixels(), true)
                    .embedding();
            NDArray texts = ARCHITECTURE.text().network(constants).forward(weights.under(ParameterCatalog.CLIP), TEXTS);

            ContrastiveLoss.Result result = new ContrastiveLoss(constants)
                    .compute(images, texts, weights.get(ParameterCatalog.LOGIT_SCALE), List.of("a", "b", "c", "d"));
            session.backward(result.loss());

            assertThat((double) result.loss().getFloat())
                    .isCloseTo(expected.get("loss").asDouble(), CLOSE);
            gradients.properties().forEach(entry -> {
                float[] gradient = get(parameters, entry.getKey()).getGradient().toFloatArray();
                int offset = entry.getValue().get("offset").asInt();
                JsonNode values = entry.getValue().get("values");
                for (int i = 0; i < values.size(); i++) {
                    double value = values.get(i).asDouble();
                    assertThat((double) gradient[offset + i])
                            .as(entry.getKey())
                            .isCloseTo(value, within(2e-4 + 1e-3 * Math.abs(value)));
                }
            });
            expected.get("statistics")
                    .properties()
                    .forEach(
                            entry -> assertClose(get(parameters, entry.getKey()).toFloatArray(), entry.getValue()));
        }
    }

    private static void assertClose(float[] actual, JsonNode numbers) {
        assertThat(actual).hasSize(numbers.size());
        for (int i = 0; i < actual.length; i++) {
            assertThat((double) actual[i]).isCloseTo(numbers.get(i).asDouble(), CLOSE);
        }
    }

    private static NDArray get(Map<String, NDArray> parameters, String name) {
        return Objects.requireNonNull(parameters.get(name), name);
    }

    private static Weights weights(Map<String, NDArray> parameters) {
        return name -> get(parameters, name);
    }

    private static Map<String, NDArray> parameters() {
        Map<String, NDArray> parameters = new HashMap<>();
        ParameterCatalog.of(ARCHITECTURE)
                .values()
                .forEach(spec ->
                        parameters.put(spec.name(), manager.create(values(spec), new Shape(spec.dimensions()))));
        return parameters;
    }

    private static float[] values(ParameterSpec spec) {
        float[] values = new float[(int) spec.elements()];
        boolean vector = spec.shape().size() < 2;
        for (int i = 0; i < values.length; i++) {
            double noise = noise(spec.name(), i);
            if (spec.name().equals(ParameterCatalog.LOGIT_SCALE)) {
                values[i] = (float) Math.log(1 / 0.07);
            } else if (spec.name().endsWith("running_var")) {
                values[i] = (float) (1 + 0.2 * noise);
            } else if (vector && spec.name().endsWith("weight")) {
                values[i] = (float) (1 + 0.2 * noise);
            } else if (vector) {
                values[i] = (float) (0.1 * noise);
            } else {
                double perOutput = values.length / (double) spec.shape().get(0);
                values[i] = (float) (Math.sqrt(4.0 / perOutput) * noise);
            }
        }
        return values;
    }

    private static double noise(String name, int index) {
        double noise = Math.sin(1.0 + name.chars().sum() + index * 12.9898) * 43758.5453;
        return 2 * (noise - Math.floor(noise)) - 1;
    }

    private static NDArray pixels() {
        int elements = 64 * 64 * 3;
        float[] pixels = new float[4 * elements];
        for (int i = 0; i < pixels.length; i++) {
            int image = i / elements;
            pixels[i] = (float) (1.5 * noise("pixels", i) * (0.3 + image) + image * 0.4 * Math.sin(i * 0.011));
        }
        return manager.create(pixels, new Shape(4, 64, 64, 3));
    }
}
