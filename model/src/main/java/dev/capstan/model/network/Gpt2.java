package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.conv1d;
import static dev.capstan.model.network.Operations.layerNorm;
import static dev.capstan.model.network.Operations.linear;
import static dev.capstan.model.network.Operations.rows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.capstan.model.Gpt2LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * GPT-2 (transformers, modeling_gpt2.py): learned positions, pre-norm blocks, output weights tied to the token embeddings.
 *
 * <p>Legend: B batch, L positions, D width, V vocabulary. Stateless; the weights are under {@code
 * language_model.transformer.}.
 */
public final class Gpt2 implements LanguageModel {
    private final Gpt2LanguageModel config;
    private final Constants constants;

    public Gpt2(Gpt2LanguageModel config, Constants constants) {
        this.config = config;
        this.constants = constants;
    }

    @Override
    public NDArray embed(Weights weights, NDArray ids) {
        return rows(weights.get("transformer.wte.weight"), ids);
    }

    @Override
    public NDArray forward(Weights weights, NDArray embeddings, @Nullable KeyValueCache cache) {
        Weights below = weights.under("transformer.");
        DecoderLayers layers = new DecoderLayers(config.layers(), config.contextLength(), constants);
        int past = layers.checkedPast(embeddings, cache);
        int length = (int) embeddings.getShape().get(1);
        NDArray x = embeddings.add(rows(below.get("wpe.weight"), past, past + length));
        x = layers.forward(
                x, cache, (layer, input, mask) -> block(below.under("h." + layer + "."), input, mask, cache, layer));
        return layerNorm(x, below.under("ln_f."));
    }

    @Override
    public NDArray logits(Weights weights, NDArray hidden) {
        return linear(hidden, weights.get("transformer.wte.weight"));
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
