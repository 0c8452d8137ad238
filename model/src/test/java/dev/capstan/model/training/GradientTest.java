package dev.capstan.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ModelFixtures;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.network.CaptioningNetwork;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.network.Weights;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.text.Tokenizers;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Guards against DJL's silent fault: a scalar that lives in Java memory may be collected between forward and backward. The
 * heap is churned there, and the gradients must stay what they are in a quiet run, and what finite differences say.
 */
class GradientTest {
    private static final int PAIRS = 8;
    private static final int CHURN_ROUNDS = 8;
    private static final int CHURN_BUFFERS = 2000;

    private final ModelBundle bundle = ModelFixtures.bundle(3, ModelArchitecture.ImageFeature.GRID);
    private final PairBatch batch = ModelFixtures.shapes(PAIRS, new SplittableRandom(5));
    private NDManager manager;
    private Tokenizers tokenizers;
    private CaptioningNetwork network;
    private Map<String, NDArray> parameters;

    @BeforeEach
    void open() throws Exception {
        manager = ModelDevice.cpu().openManager();
        tokenizers = Tokenizers.load(bundle);
        TensorTransfer transfer = new TensorTransfer();
        network = new CaptioningNetwork(bundle, manager, transfer, tokenizers);
        parameters = new HashMap<>();
        SplittableRandom random = new SplittableRandom(8);
        for (ParameterSpec spec : ParameterCatalog.of(bundle.architecture()).values()) {
            TensorValue tensor = Objects.requireNonNull(bundle.byName().get(spec.name()));
            // Nothing may stand at zero, where some gradients would vanish by symmetry.
            float[] values = tensor.toFloats();
            for (int i = 0; i < values.length && spec.kind() != ParameterSpec.Kind.STATISTIC; i++) {
                values[i] += (float) (0.05 * random.nextGaussian());
            }
            parameters.put(
                    spec.name(), transfer.load(manager, TensorValue.ofFloats(spec.name(), tensor.shape(), values)));
        }
    }

    @AfterEach
    void close() {
        manager.close();
        tokenizers.close();
    }

    @Test
    void shouldKeepGradientsWhileTheHeapIsChurned() {
        Map<String, float[]> quiet = gradients(false);

        Map<String, float[]> churned = gradients(true);

        assertThat(churned).hasSameSizeAs(quiet);
        quiet.forEach((name, gradient) -> assertThat(churned.get(name))
                .as(name)
                .usingComparatorWithPrecision(1e-4f)
                .containsExactly(gradient));
    }

    @Test
    void shouldAgreeWithFiniteDifferences() {
        Map<String, float[]> gradients = gradients(true);
        for (String name : List.of(
                "clip.visual.conv1.weight",
                "clip.visual.layer3.0.bn2.weight",
                "clip.visual.attnpool.q_proj.weight",
                "clip.transformer.resblocks.0.mlp.c_fc.weight",
                "clip.text_projection",
                "clip.logit_scale",
                "limber.proj.weight",
                "limber.proj.bias")) {
            float[] gradient = Objects.requireNonNull(gradients.get(name), name);
            int steepest = steepest(gradient);

            double slope = slope(name, steepest);

            assertThat(slope)
                    .as(name)
                    .isCloseTo(gradient[steepest], within(0.05 * Math.abs(gradient[steepest]) + 2e-3));
        }
    }

    private static int steepest(float[] gradient) {
        int steepest = 0;
        for (int i = 0; i < gradient.length; i++) {
            if (Math.abs(gradient[i]) > Math.abs(gradient[steepest])) {
                steepest = i;
            }
        }
        return steepest;
    }

    private double slope(String name, int index) {
        float width = 2e-3f;
        return (lossWith(name, index, width) - lossWith(name, index, -width)) / (2 * width);
    }

    private double lossWith(String name, int index, float change) {
        NDArray original = Objects.requireNonNull(parameters.get(name));
        float[] values = original.toFloatArray();
        values[index] += change;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            parameters.put(name, manager.create(values, original.getShape()));
            return loss().getFloat();
        } finally {
            parameters.put(name, original);
        }
    }

    private Map<String, float[]> gradients(boolean churn) {
        List<String> learning = parameters.keySet().stream()
                .filter(name -> !name.startsWith(ParameterCatalog.LANGUAGE_MODEL) && !name.contains(".running_"))
                .toList();
        Map<String, NDArray> kept = new HashMap<>(parameters);
        try (GradientSession session = GradientSession.open(manager)) {
            for (String name : learning) {
                NDArray leaf = Objects.requireNonNull(kept.get(name)).duplicate();
                leaf.setRequiresGradient(true);
                parameters.put(name, leaf);
            }
            NDArray loss = loss();
            if (churn) {
                churnHeap();
            }
            session.backward(loss);
            Map<String, float[]> gradients = new TreeMap<>();
            for (String name : learning) {
                gradients.put(
                        name,
                        Objects.requireNonNull(parameters.get(name))
                                .getGradient()
                                .toFloatArray());
            }
            return gradients;
        } finally {
            parameters.putAll(kept);
        }
    }

    /** Both parts of a step, the caption part reaching the image encoder too. */
    private NDArray loss() {
        Weights weights = name -> Objects.requireNonNull(parameters.get(name), name);
        ImageEncoder.Features features = network.encodeImages(weights, network.upload(batch.images()), true);
        NDArray texts = network.encodeTexts(weights, batch.texts());
        NDArray contrastive = new ContrastiveLoss(network.constants())
                .compute(features.embedding(), texts, weights.get(ParameterCatalog.LOGIT_SCALE), batch.texts())
                .loss();
        NDArray captions = new CaptionLoss(network).compute(weights, features, batch.texts(), false);
        return contrastive.add(captions);
    }

    /** Has everything collected that nothing in Java holds, and fills the freed memory with other numbers. */
    private static void churnHeap() {
        SplittableRandom random = new SplittableRandom(1);
        ByteBuffer[] garbage = new ByteBuffer[CHURN_BUFFERS];
        for (int round = 0; round < CHURN_ROUNDS; round++) {
            System.gc();
            Arrays.fill(garbage, null);
            for (int i = 0; i < CHURN_BUFFERS; i++) {
                ByteBuffer buffer = ByteBuffer.allocateDirect(4 + random.nextInt(64));
                while (buffer.hasRemaining()) {
                    buffer.put((byte) 0x7b);
                }
                garbage[i] = buffer;
            }
        }
    }
}
