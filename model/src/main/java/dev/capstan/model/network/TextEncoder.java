package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.layerNorm;
import static dev.capstan.model.network.Operations.linear;
import static dev.capstan.model.network.Operations.rows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.text.TokenBatch;

/**
 * CLIP's text transformer (openai/CLIP, model.py): pre-norm blocks under a causal mask with QuickGELU; a text's feature is
 * read at its end token (which has the greatest id of the reference's vocabulary, hence its argmax), after the last layer
 * norm, and projected.
 *
 * <p>Legend: N batch, L tokens, D width, E shared space. Stateless; the weights are under {@code clip.}.
 */
public final class TextEncoder {
    private final ModelArchitecture.TextEncoder config;
    private final Constants constants;

    public TextEncoder(ModelArchitecture.TextEncoder config, Constants constants) {
        this.config = config;
        this.constants = constants;
    }

    /**
     * @return N x E, not normalised
     */
    public NDArray forward(Weights weights, TokenBatch tokens) {
        int length = tokens.length();
        if (length > config.contextLength()) {
            throw new IllegalArgumentException(
                    "a text of " + length + " tokens for a context of " + config.contextLength());
        }
        NDArray ids = constants.manager().create(tokens.ids(), new Shape(tokens.rows(), length));
        NDArray x = rows(weights.get("token_embedding.weight"), ids); // N L -> N L D
        x = x.add(rows(weights.get("positional_embedding"), 0, length));
        NDArray mask = constants.causalMask(length, 0);
        for (int layer = 0; layer < config.layers(); layer++) {
            Weights below = weights.under("transformer.resblocks." + layer + ".");
            NDArray input = x;
            x = Scopes.within(() -> block(below, input, mask));
        }
        NDArray ends = constants.manager().create(tokens.lastTokens());
        NDArray features = rows(x.reshape(-1, config.width()), ends); // N L D -> N D
        // A norm of the picked positions alone equals picking from the norm of all.
        return layerNorm(features, weights.under("ln_final.")).matMul(weights.get("text_projection"));
    }

    private NDArray block(Weights weights, NDArray x, NDArray mask) {
        NDArray y = x.add(attention(weights.under("attn."), layerNorm(x, weights.under("ln_1.")), mask));
        return y.add(feedForward(weights.under("mlp."), layerNorm(y, weights.under("ln_2."))));
    }

    private NDArray attention(Weights weights, NDArray x, NDArray mask) {
        NDList parts = linear(x, weights.get("in_proj_weight"), weights.get("in_proj_bias"))
                .split(3, 2); // N L 3D -> 3 times N L D
        NDArray attended = Attention.attend(
                Attention.splitHeads(parts.get(0), config.heads()),
                Attention.splitHeads(parts.get(1), config.heads()),
                Attention.splitHeads(parts.get(2), config.heads()),
                mask,
                constants);
        return linear(Attention.joinHeads(attended), weights.under("out_proj."));
    }

    private NDArray feedForward(Weights weights, NDArray x) {
        NDArray hidden = linear(x, weights.under("c_fc."));
        return linear(Activations.quickGelu(hidden, constants), weights.under("c_proj."));
    }
}
