package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.relu;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.norm.LayerNorm;
import dev.capstan.model.NfResNetImageEncoder;
import dev.capstan.model.ParameterCatalog;

/**
 * NF-ResNet (arXiv 2101.08692; timm, nfnet.py): pre-activation bottlenecks without batch norms. Weights are brought to mean 0
 * and variance 1/fan-in at every pass, times a gain; what enters a block is divided by the deviation that it is expected to
 * have, and what leaves a branch is scaled.
 *
 * <p>Legend: N batch, C channels, H W height and width, L = H*W positions, O outputs, I inputs of an output, E shared space.
 * The weights are under {@code clip.visual.}.
 */
public final class NormFreeResNet implements ImageEncoder {
    /** Share of a branch in the sum. */
    private static final float ALPHA = 0.2f;
    /** Brings the variance of a rectified standard normal variable back to one: sqrt(2 / (1 - 1/pi)). */
    private static final double RELU_GAIN = 1.7139588594436646;

    private static final float EPSILON = 1e-5f;

    private final NfResNetImageEncoder config;
    private final Constants constants;

    public NormFreeResNet(NfResNetImageEncoder config, Constants constants) {
        this.config = config;
        this.constants = constants;
    }

    @Override
    public Features forward(Weights weights, NDArray pixels, boolean training) {
        NDArray x = Scopes.within(() -> {
            NDArray channelsFirst = pixels.transpose(0, 3, 1, 2); // NHWC -> NCHW, a view
            return Operations.maxPool(convolution(channelsFirst, weights.under("stem.conv."), 2, 3), 3, 2, 1);
        });
        double expectedVariance = 1;
        int channels = config.stem();
        for (int stage = 0; stage < config.layers().size(); stage++) {
            for (int block = 0; block < config.layers().get(stage); block++) {
                Weights below = weights.under("stages." + stage + "." + block + ".");
                int stride = block == 0 && stage > 0 ? 2 : 1;
                boolean shortcut = stride == 2 || channels != config.channels().get(stage);
                float beta = (float) (1 / Math.sqrt(expectedVariance));
                NDArray input = x;
                x = Scopes.within(() -> bottleneck(below, input, beta, stride, shortcut));
                channels = config.channels().get(stage);
                expectedVariance = (block == 0 ? 1 : expectedVariance) + ALPHA * ALPHA;
            }
        }
        NDArray grid =
                relu(x).reshape(x.getShape().get(0), x.getShape().get(1), -1).transpose(0, 2, 1); // NCHW -> N L C
        NDArray pooled = grid.mean(new int[] {1}); // N C
        return new Features(pooled.matMul(weights.get(ParameterCatalog.PROJECTION)), pooled, grid);
    }

    private NDArray bottleneck(Weights weights, NDArray x, float beta, int stride, boolean shortcut) {
        NDArray y = relu(x).mul(constants.scalar(beta));
        NDArray kept = shortcut ? downsample(weights, y, stride) : x;
        y = convolution(y, weights.under("conv1."), 1, 0);
        y = convolution(relu(y), weights.under("conv2."), stride, 1);
        y = convolution(relu(y), weights.under("conv3."), 1, 0);
        return y.mul(constants.scalar(ALPHA)).add(kept);
    }

    private NDArray downsample(Weights weights, NDArray x, int stride) {
        NDArray pooled = stride > 1 ? Operations.averagePoolOfWhole(x, stride) : x;
        return convolution(pooled, weights.under("downsample.conv."), 1, 0);
    }

    private NDArray convolution(NDArray x, Weights weights, int stride, int padding) {
        NDArray weight = weights.get("weight");
        Shape shape = weight.getShape();
        int inputs = (int) (shape.size() / shape.get(0));
        NDArray standardised = LayerNorm.layerNorm(
                        weight.reshape(shape.get(0), inputs), // O I H W -> O I*H*W
                        new Shape(inputs),
                        constants.filled(1, inputs),
                        constants.filled(0, inputs),
                        EPSILON)
                .singletonOrThrow();
        NDArray scale = constants.scalar((float) (RELU_GAIN / Math.sqrt(inputs)));
        NDArray gain = weights.get("gain").reshape(-1, 1).mul(scale);
        NDArray scaled = standardised.mul(gain).reshape(shape);
        return Operations.convolution(x, scaled, weights.get("bias"), stride, padding);
    }
}
