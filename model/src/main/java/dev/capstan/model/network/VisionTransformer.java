package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.layerNorm;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.VitImageEncoder;

/**
 * CLIP's vision transformer (openai/CLIP, model.py; arXiv 2103.00020, section 2.4). The feature grid is what the blocks make
 * of the patches, before the last layer norm, which the reference gives to the class token alone.
 *
 * <p>Legend: N batch, G patches of a side, L = G*G patches, D width, E shared space. Stateless; the weights are under
 * {@code clip.visual.}.
 */
public final class VisionTransformer implements ImageEncoder {
    private final VitImageEncoder config;
    private final Constants constants;

    public VisionTransformer(VitImageEncoder config, Constants constants) {
        this.config = config;
        this.constants = constants;
    }

    @Override
    public Features forward(Weights weights, NDArray pixels, boolean training) {
        NDArray x = Scopes.within(() -> embed(weights, pixels));
        for (int layer = 0; layer < config.layers(); layer++) {
            Weights below = weights.under("transformer.resblocks." + layer + ".");
            NDArray input = x;
            x = Scopes.within(
                    () -> TransformerBlock.forward(below, input, null, config.heads(), config.activation(), constants));
        }
        NDArray grid = Operations.withoutFirstToken(x); // N 1+L D -> N L D
        NDArray pooled = layerNorm(Operations.firstToken(x).squeeze(1), weights.under("ln_post.")); // N D
        return new Features(pooled.matMul(weights.get("proj")), pooled, grid);
    }

    private NDArray embed(Weights weights, NDArray pixels) {
        NDArray channelsFirst = pixels.transpose(0, 3, 1, 2); // NHWC -> NCHW, a view
        NDArray patches = Operations.convolution(channelsFirst, weights.get("conv1.weight"), config.patch(), 0);
        long images = patches.getShape().get(0);
        NDArray x = patches.reshape(images, config.width(), -1).transpose(0, 2, 1); // N D G G -> N L D
        NDArray classToken = weights.get("class_embedding").broadcast(new Shape(images, 1, config.width()));
        NDArray tokens = classToken.concat(x, 1).add(weights.get("positional_embedding")); // N 1+L D
        return layerNorm(tokens, weights.under("ln_pre."));
    }
}
