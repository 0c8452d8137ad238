package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.layerNorm;
import static dev.capstan.model.network.Operations.linear;
import static dev.capstan.model.network.Operations.rows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.SiglipTextEncoder;
import dev.capstan.model.text.TokenBatch;
import java.util.Arrays;

/**
 * SigLIP's text transformer (transformers, modeling_siglip.py). Legend: N batch, L tokens of the context, D width, E shared
 * space. The weights are under {@code clip.text_model.}.
 */
public final class SiglipText implements TextEncoder {
    private final SiglipTextEncoder config;
    private final Constants constants;

    public SiglipText(SiglipTextEncoder config, Constants constants) {
        this.config = config;
        this.constants = constants;
    }

    @Override
    public NDArray forward(Weights weights, TokenBatch tokens) {
        int length = config.contextLength();
        if (tokens.length() > length) {
            throw new IllegalArgumentException("a text of " + tokens.length() + " tokens for a context of " + length);
        }
        Weights below = weights.under("text_model.");
        NDArray ids = constants.manager().create(filledUp(tokens), new Shape(tokens.rows(), length));
        NDArray x = rows(below.get("embeddings.token_embedding.weight"), ids); // N L -> N L D
        x = x.add(below.get("embeddings.position_embedding.weight"));
        for (int layer = 0; layer < config.layers(); layer++) {
            Weights block = below.under("encoder.layers." + layer + ".");
            NDArray input = x;
            x = Scopes.within(() -> SiglipBlock.forward(block, input, config.heads(), constants));
        }
        NDArray last = layerNorm(Operations.lastToken(x), below.under("final_layer_norm."), SiglipBlock.EPSILON); // N D
        return linear(last, below.under("head."));
    }

    private long[] filledUp(TokenBatch tokens) {
        int length = config.contextLength();
        long[] ids = new long[tokens.rows() * length];
        Arrays.fill(ids, config.padToken());
        for (int row = 0; row < tokens.rows(); row++) {
            for (int column = 0; column < tokens.length(row); column++) {
                ids[row * length + column] = tokens.id(row, column);
            }
        }
        return ids;
    }
}
