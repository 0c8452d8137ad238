package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.layerNorm;
import static dev.capstan.model.network.Operations.linear;
import static dev.capstan.model.network.Operations.rows;

import ai.djl.ndarray.NDArray;
import dev.capstan.model.GptJLanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * GPT-J (transformers, modeling_gptj.py): attention and feed-forward part read the same normed input and are added side by
 * side; rotary positions turn the first features of each head.
 *
 * <p>Legend: B batch, L positions, D width, V vocabulary. The weights are under {@code language_model.}.
 */
public final class GptJ implements LanguageModel {
    private static final double ROTARY_BASE = 10_000;

    private final GptJLanguageModel config;
    private final Constants constants;
    private final RotaryPositions positions;

    public GptJ(GptJLanguageModel config, Constants constants) {
        this.config = config;
        this.constants = constants;
        this.positions = new RotaryPositions(
                config.width() / config.heads(),
                config.contextLength(),
                RotaryPositions.frequencies(ROTARY_BASE, config.rotaryWidth()),
                RotaryPositions.Pairs.NEIGHBOURS,
                constants);
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
        NDArray x = layers.forward(embeddings, cache, (layer, input, mask) -> {
            Weights block = below.under("h." + layer + ".");
            NDArray normed = layerNorm(input, block.under("ln_1."));
            NDArray attended = attention(block.under("attn."), normed, mask, cache, layer, past);
            return attended.add(feedForward(block.under("mlp."), normed)).add(input);
        });
        return layerNorm(x, below.under("ln_f."));
    }

    @Override
    public NDArray logits(Weights weights, NDArray hidden) {
        return linear(hidden, weights.under("lm_head."));
    }

    private NDArray attention(
            Weights weights, NDArray x, @Nullable NDArray mask, @Nullable KeyValueCache cache, int layer, int past) {
        NDArray query = Attention.splitHeads(linear(x, weights.get("q_proj.weight")), config.heads());
        NDArray key = Attention.splitHeads(linear(x, weights.get("k_proj.weight")), config.heads());
        NDArray value = Attention.splitHeads(linear(x, weights.get("v_proj.weight")), config.heads());
        NDArray turned = positions.turn(key, past);
        NDArray keys = cache == null ? turned : cache.appendKeys(layer, turned);
        NDArray values = cache == null ? value : cache.appendValues(layer, value);
        NDArray attended = Attention.attend(positions.turn(query, past), keys, values, mask, constants);
        return linear(Attention.joinHeads(attended), weights.get("out_proj.weight"));
    }

    private NDArray feedForward(Weights weights, NDArray x) {
        NDArray hidden = linear(x, weights.under("fc_in."));
        return linear(Activations.apply(config.activation(), hidden, constants), weights.under("fc_out."));
    }
}
