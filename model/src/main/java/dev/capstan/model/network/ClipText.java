package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.layerNorm;
import static dev.capstan.model.network.Operations.rows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.ClipTextEncoder;
import dev.capstan.model.text.TokenBatch;

/**
 * CLIP's text transformer (openai/CLIP, model.py): pre-norm blocks under a causal mask; a text's feature is
 * read at its end token (which has the greatest id of the reference's vocabulary, hence its argmax), after the last layer
 * norm, and projected.
 *
 * <p>Legend: N batch, L tokens, D width, E shared space. Stateless; the weights are under {@code clip.}.
 */
public final class ClipText implements TextEncoder {
    private final ClipTextEncoder config;
    private final Constants constants;

    public ClipText(ClipTextEncoder config, Constants constants) {
        this.config = config;
        this.constants = constants;
    }

    @Override
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
            x = Scopes.within(
                    () -> TransformerBlock.forward(below, input, mask, config.heads(), config.activation(), constants));
        }
        NDArray ends = constants.manager().create(tokens.lastTokens());
        NDArray features = rows(x.reshape(-1, config.width()), ends); // N L D -> N D
        // A norm of the picked positions alone equals picking from the norm of all.
        return layerNorm(features, weights.under("ln_final.")).matMul(weights.get("text_projection"));
    }
}
