package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.conv1d;
import static dev.capstan.model.network.Operations.layerNorm;
import static dev.capstan.model.network.Operations.linear;
import static dev.capstan.model.network.Operations.rows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.capstan.model.ModelArchitecture;
import org.jspecify.annotations.Nullable;

/**
 * A decoder-only language model in GPT-2's layout (Hugging Face, modeling_gpt2.py): learned positions, pre-norm blocks,
 * output weights tied to the token embeddings. It reads embeddings rather than tokens, so that a soft prompt can stand
 * among them; gradients flow to them.
 *
 * <p>Legend: B batch, L positions, D width, V vocabulary. Stateless; the weights are under {@code
 * language_model.transformer.}.
 */
public final class LanguageModel {
    private final ModelArchitecture.LanguageModel config;
    private final Constants constants;

    public LanguageModel(ModelArchitecture.LanguageModel config, Constants constants) {
        this.config = config;
        this.constants = constants;
    }

    /**
     * Token embeddings, without positions.
     *
     * @param ids int64, B x L
     * @return B x L x D
     */
    public NDArray embed(Weights weights, NDArray ids) {
        return rows(weights.get("wte.weight"), ids);
    }

    /**
     * @param embeddings B x L x D, at the positions after those that the cache holds
     * @param cache read and extended; null to read a whole text at once
     * @return B x L x D, after the last layer norm
     * @throws IllegalArgumentException if the context is too short
     */
    public NDArray forward(Weights weights, NDArray embeddings, @Nullable KeyValueCache cache) {
        int length = (int) embeddings.getShape().get(1);
        int past = cache == null ? 0 : cache.length();
        if (past + length > config.contextLength()) {
            throw new IllegalArgumentException(past + length + " positions for a context of " + config.contextLength());
        }
        NDArray x = embeddings.add(rows(weights.get("wpe.weight"), past, past + length));
        NDArray mask = length == 1 ? null : constants.causalMask(length, past);
        for (int layer = 0; layer < config.layers(); layer++) {
            Weights below = weights.under("h." + layer + ".");
            NDArray input = x;
            int number = layer;
            // A cache keeps arrays of the block alive, so only a pass without one may free them here.
            x = cache == null
                    ? Scopes.within(() -> block(below, input, mask, null, number))
                    : block(below, input, mask, cache, number);
        }
        return layerNorm(x, weights.under("ln_f."));
    }

    /**
     * @param hidden ... x D
     * @return ... x V
     */
    public NDArray logits(Weights weights, NDArray hidden) {
        return linear(hidden, weights.get("wte.weight"));
    }

    private NDArray block(
            Weights weights, NDArray x, @Nullable NDArray mask, @Nullable KeyValueCache cache, int layer) {
        NDArray normed = layerNorm(x, weights.under("ln_1."));
        NDArray y = x.add(attention(weights.under("attn."), normed, mask, cache, layer));
        return y.add(feedForward(weights.under("mlp."), layerNorm(y, weights.under("ln_2."))));
    }

    private NDArray attention(
            Weights weights, NDArray x, @Nullable NDArray mask, @Nullable KeyValueCache cache, int layer) {
        NDList parts = conv1d(x, weights.under("c_attn.")).split(3, 2); // B L 3D -> 3 times B L D
        NDArray query = Attention.splitHeads(parts.get(0), config.heads());
        NDArray key = Attention.splitHeads(parts.get(1), config.heads());
        NDArray value = Attention.splitHeads(parts.get(2), config.heads());
        NDArray keys = cache == null ? key : cache.appendKeys(layer, key);
        NDArray values = cache == null ? value : cache.appendValues(layer, value);
        NDArray attended = Attention.attend(query, keys, values, mask, constants);
        return conv1d(Attention.joinHeads(attended), weights.under("c_proj."));
    }

    private NDArray feedForward(Weights weights, NDArray x) {
        NDArray hidden = conv1d(x, weights.under("c_fc."));
        return conv1d(Activations.apply(config.activation(), hidden, constants), weights.under("c_proj."));
    }
}
