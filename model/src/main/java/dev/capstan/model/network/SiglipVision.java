package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.layerNorm;
import static dev.capstan.model.network.Operations.linear;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.SiglipImageEncoder;

/**
 * SigLIP's vision transformer (transformers, modeling_siglip.py): patches without a class token, pooled by attention with a
 * learned query. The pooled vector is the embedding.
 *
 * <p>Legend: N batch, G patches of a side, L = G*G patches, D width. The weights are under {@code clip.visual.vision_model.}.
 */
public final class SiglipVision implements ImageEncoder {
    private final SiglipImageEncoder config;
    private final Constants constants;

    public SiglipVision(SiglipImageEncoder config, Constants constants) {
        this.config = config;
        this.constants = constants;
    }

    @Override
    public Features forward(Weights weights, NDArray pixels, boolean training) {
        Weights below = weights.under("vision_model.");
        NDArray x = Scopes.within(() -> embed(below.under("embeddings."), pixels));
        for (int layer = 0; layer < config.layers(); layer++) {
            Weights block = below.under("encoder.layers." + layer + ".");
            NDArray input = x;
            x = Scopes.within(() -> SiglipBlock.forward(block, input, config.heads(), constants));
        }
        NDArray grid = layerNorm(x, below.under("post_layernorm."), SiglipBlock.EPSILON); // N L D
        NDArray pooled = pool(below.under("head."), grid);
        return new Features(pooled, pooled, grid);
    }

    private NDArray embed(Weights weights, NDArray pixels) {
        NDArray patches = Operations.convolution(
                pixels.transpose(0, 3, 1, 2), weights.under("patch_embedding."), config.patch(), 0);
        NDArray x =
                patches.reshape(patches.getShape().get(0), config.width(), -1).transpose(0, 2, 1); // N D G G -> N L D
        return x.add(weights.get("position_embedding.weight"));
    }

    /** N x L x D -> N x D. */
    private NDArray pool(Weights weights, NDArray grid) {
        long images = grid.getShape().get(0);
        NDList matrices = weights.get("attention.in_proj_weight").split(3, 0);
        NDList biases = weights.get("attention.in_proj_bias").split(3, 0);
        NDArray probe = weights.get("probe").broadcast(new Shape(images, 1, config.width())); // N 1 D
        NDArray attended = Attention.attend(
                Attention.splitHeads(linear(probe, matrices.get(0), biases.get(0)), config.heads()),
                Attention.splitHeads(linear(grid, matrices.get(1), biases.get(1)), config.heads()),
                Attention.splitHeads(linear(grid, matrices.get(2), biases.get(2)), config.heads()),
                null,
                constants);
        NDArray y = linear(Attention.joinHeads(attended), weights.under("attention.out_proj."));
        NDArray normed = layerNorm(y, weights.under("layernorm."), SiglipBlock.EPSILON);
        return y.add(SiglipBlock.feedForward(weights.under("mlp."), normed, constants))
                .squeeze(1);
    }
}
