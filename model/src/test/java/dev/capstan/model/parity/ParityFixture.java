package dev.capstan.model.parity;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.network.Weights;
import dev.capstan.model.pretrained.PretrainedWeights;
import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorValue;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tiny model of random weights in the layout of a reference library, with what that library computes from it;
 * model/parity/make_fixtures.py made it. Everything that a test makes through it is freed by {@link #close}.
 */
public final class ParityFixture implements AutoCloseable {
    /** Of a tensor's largest element. */
    private static final double FORWARD = 1e-5;

    private static final double GRADIENT = 1e-4;
    /** A gradient that is zero but for rounding. */
    private static final double NOTHING = 1e-5;

    private static final Logger LOGGER = LoggerFactory.getLogger(ParityFixture.class);

    private final String name;
    private final Map<String, TensorValue> expected = new HashMap<>();
    private final NDManager manager;
    private final NDScope scope;
    private final Constants constants;
    private final TensorTransfer transfer = new TensorTransfer();
    private Map<String, NDArray> parameters = Map.of();

    private ParityFixture(String name, NDManager manager) throws IOException {
        this.name = name;
        this.manager = manager;
        this.constants = new Constants(manager);
        this.scope = new NDScope();
        scope.suppressNotUsedWarning();
        for (TensorValue tensor : Safetensors.read(directory(name).resolve("expected.safetensors"))
                .tensors()) {
            expected.put(tensor.name(), tensor);
        }
    }

    public static ParityFixture open(String name) throws IOException {
        return new ParityFixture(name, ModelDevice.cpu().openManager());
    }

    public static Path directory(String name) {
        URL url = Objects.requireNonNull(ParityFixture.class.getResource("/parity/" + name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(url.toString(), e);
        }
    }

    public Path directory() {
        return directory(name);
    }

    public Constants constants() {
        return constants;
    }

    public NDManager manager() {
        return manager;
    }

    public Weights load(PretrainedWeights weights) throws IOException {
        parameters = weights.load(manager, transfer);
        return parameter -> Objects.requireNonNull(parameters.get(parameter), parameter);
    }

    /** A floating-point input. */
    public NDArray input(String tensor) {
        return transfer.load(manager, expected(tensor));
    }

    /** Pictures, which the references have with their channels first. */
    public NDArray pixels() {
        return input("pixels").transpose(0, 2, 3, 1); // NCHW -> NHWC
    }

    /** An input of tokens. */
    public NDArray tokens(String tensor) {
        TensorValue tokens = expected(tensor);
        return manager.create(tokens.toLongs(), new Shape(tokens.shape()));
    }

    public long[] longs(String tensor) {
        return expected(tensor).toLongs();
    }

    public TensorValue expected(String tensor) {
        return Objects.requireNonNull(expected.get(tensor), tensor);
    }

    public void assertForward(NDArray actual, String tensor) {
        assertThat(actual.getShape().getShape())
                .as(tensor)
                .containsExactly(expected(tensor).shape());
        assertClose(actual.toFloatArray(), tensor, FORWARD);
    }

    /** An input that a gradient is wanted of. */
    public NDArray leaf(NDArray input) {
        NDArray leaf = input.duplicate();
        leaf.setRequiresGradient(true);
        return leaf;
    }

    public void assertWholeGradient(NDArray leaf, String tensor) {
        assertClose(leaf.getGradient().toFloatArray(), tensor, GRADIENT);
    }

    /** Runs a forward pass with all parameters as leaves, and the backward pass from its result, which is a scalar. */
    public void backward(Supplier<NDArray> loss) {
        parameters.forEach((parameter, values) -> values.setRequiresGradient(!parameter.contains(".running_")));
        backwardFrozen(loss);
    }

    /** As {@link #backward}, with the parameters as they are. */
    public void backwardFrozen(Supplier<NDArray> loss) {
        try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
            collector.backward(loss.get());
        }
    }

    /** Compares every gradient that the reference has, from evenly spaced elements and the norm. */
    public void assertGradients(String ourPrefix) {
        assertGradients(name -> ourPrefix + name);
    }

    /**
     * As {@link #assertGradients(String)}.
     *
     * @param ours our name of a reference's parameter
     */
    public void assertGradients(UnaryOperator<String> ours) {
        int compared = 0;
        for (String tensor : expected.keySet()) {
            if (tensor.startsWith("gradient.")) {
                String parameter = ours.apply(tensor.substring("gradient.".length()));
                NDArray gradient = Objects.requireNonNull(parameters.get(parameter), parameter)
                        .getGradient();
                assertClose(
                        sample(gradient.toFloatArray(), (int) expected(tensor).elements() - 1), tensor, GRADIENT);
                compared++;
            }
        }
        assertThat(compared).isPositive();
    }

    /** Compares evenly spaced elements and the norm. */
    public void assertSample(float[] actual, String tensor, double tolerance) {
        assertClose(sample(actual, (int) expected(tensor).elements() - 1), tensor, tolerance);
    }

    /** What follows a prefix in the names of the reference's tensors. */
    public List<String> names(String prefix) {
        return expected.keySet().stream()
                .filter(tensor -> tensor.startsWith(prefix))
                .map(tensor -> tensor.substring(prefix.length()))
                .sorted()
                .toList();
    }

    private static float[] sample(float[] gradient, int samples) {
        int step = gradient.length <= samples ? 1 : gradient.length / samples;
        float[] sample = new float[samples + 1];
        double squares = 0;
        for (int i = 0; i < gradient.length; i++) {
            squares += (double) gradient[i] * gradient[i];
            if (i % step == 0 && i / step < samples) {
                sample[i / step] = gradient[i];
            }
        }
        sample[samples] = (float) Math.sqrt(squares);
        return sample;
    }

    public void assertClose(float[] actual, String tensor, double tolerance) {
        float[] wanted = expected(tensor).toFloats();
        assertThat(actual).as(tensor).hasSize(wanted.length);
        double largest = 0;
        double error = 0;
        for (int i = 0; i < wanted.length; i++) {
            largest = Math.max(largest, Math.abs(wanted[i]));
            double difference = Math.abs((double) actual[i] - wanted[i]);
            error = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(error, difference);
        }
        if (largest < NOTHING) {
            assertThat(error).as(tensor).isLessThan(10 * NOTHING);
            return;
        }
        LOGGER.debug("parity fixture={} tensor={} error={}", name, tensor, error / largest);
        assertThat(error / largest)
                .as(
                        "%s of %s, ours %s, the reference's %s",
                        tensor, name, Arrays.toString(head(actual)), Arrays.toString(head(wanted)))
                .isLessThanOrEqualTo(tolerance);
    }

    private static float[] head(float[] values) {
        return Arrays.copyOf(values, Math.min(values.length, 6));
    }

    @Override
    public void close() {
        scope.close();
        manager.close();
    }
}
