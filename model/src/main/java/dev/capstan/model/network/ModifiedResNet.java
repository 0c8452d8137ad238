package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.averagePool;
import static dev.capstan.model.network.Operations.batchNorm;
import static dev.capstan.model.network.Operations.convolution;
import static dev.capstan.model.network.Operations.linear;
import static dev.capstan.model.network.Operations.relu;

import ai.djl.ndarray.NDArray;
import dev.capstan.model.ResNetImageEncoder;

/**
 * CLIP's ModifiedResNet (openai/CLIP, model.py): a stem of three convolutions, bottlenecks in which every convolution has
 * stride 1 and an average pool takes the stride, and attention pooling over the last grid.
 *
 * <p>Legend: N batch, C channels, H W height and width, L = H*W positions, D features. Stateless; the weights are under
 * {@code clip.visual.}.
 */
public final class ModifiedResNet implements ImageEncoder {
    private final ResNetImageEncoder config;
    private final Constants constants;

    public ModifiedResNet(ResNetImageEncoder config, Constants constants) {
        this.config = config;
        this.constants = constants;
    }

    @Override
    public Features forward(Weights weights, NDArray pixels, boolean training) {
        NDArray x = pixels.transpose(0, 3, 1, 2); // NHWC -> NCHW, a view
        x = stem(weights, x, training);
        for (int stage = 0; stage < config.layers().size(); stage++) {
            for (int block = 0; block < config.layers().get(stage); block++) {
                Weights below = weights.under("layer" + (stage + 1) + "." + block + ".");
                int stride = block == 0 && stage > 0 ? 2 : 1;
                NDArray input = x;
                boolean first = block == 0;
                x = Scopes.within(() -> bottleneck(below, input, stride, first, training));
            }
        }
        NDArray grid = x.reshape(x.getShape().get(0), x.getShape().get(1), -1).transpose(0, 2, 1); // NCHW -> NLD
        return attentionPool(weights.under("attnpool."), grid);
    }

    private static NDArray stem(Weights weights, NDArray x, boolean training) {
        return Scopes.within(() -> {
            NDArray y = convolution(x, weights.get("conv1.weight"), 2, 1);
            y = relu(batchNorm(y, weights.under("bn1."), training));
            y = convolution(y, weights.get("conv2.weight"), 1, 1);
            y = relu(batchNorm(y, weights.under("bn2."), training));
            y = convolution(y, weights.get("conv3.weight"), 1, 1);
            y = relu(batchNorm(y, weights.under("bn3."), training));
            return averagePool(y, 2);
        });
    }

    private static NDArray bottleneck(Weights weights, NDArray x, int stride, boolean first, boolean training) {
        NDArray y = convolution(x, weights.get("conv1.weight"), 1, 0);
        y = relu(batchNorm(y, weights.under("bn1."), training));
        y = convolution(y, weights.get("conv2.weight"), 1, 1);
        y = relu(batchNorm(y, weights.under("bn2."), training));
        y = stride > 1 ? averagePool(y, stride) : y;
        y = convolution(y, weights.get("conv3.weight"), 1, 0);
        y = batchNorm(y, weights.under("bn3."), training);
        NDArray shortcut = first ? downsample(weights.under("downsample."), x, stride, training) : x;
        return relu(y.add(shortcut));
    }

    private static NDArray downsample(Weights weights, NDArray x, int stride, boolean training) {
        NDArray y = stride > 1 ? averagePool(x, stride) : x;
        y = convolution(y, weights.get("0.weight"), 1, 0);
        return batchNorm(y, weights.under("1."), training);
    }

    /** Attention with the mean position as the only query. */
    private Features attentionPool(Weights weights, NDArray grid) {
        NDArray mean = grid.mean(new int[] {1}, true); // N 1 D
        NDArray tokens = mean.concat(grid, 1).add(weights.get("positional_embedding")); // N 1+L D
        NDArray query = linear(Operations.firstToken(tokens), weights.under("q_proj."));
        NDArray key = linear(tokens, weights.under("k_proj."));
        NDArray value = linear(tokens, weights.under("v_proj."));
        NDArray attended = Attention.attend(
                Attention.splitHeads(query, config.heads()),
                Attention.splitHeads(key, config.heads()),
                Attention.splitHeads(value, config.heads()),
                null,
                constants);
        NDArray pooled = Attention.joinHeads(attended).squeeze(1); // N 1 D -> N D
        return new Features(linear(pooled, weights.under("c_proj.")), pooled, grid);
    }
}
