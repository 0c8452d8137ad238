package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.linear;
import static dev.capstan.model.network.Operations.rmsNorm;
import static dev.capstan.model.network.Operations.rows;

import ai.djl.ndarray.NDArray;
import dev.capstan.model.LlamaLanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * The Llama family (transformers, modeling_llama.py): RMS norm, rotary positions, grouped queries, SwiGLU, no biases.
 *
 * <p>Legend: B batch, L positions, D width, V vocabulary, H query heads, G heads of keys and values, W width of a head. The
 * weights are under {@code language_model.}.
 */
public final class Llama implements LanguageModel {
    private final LlamaLanguageModel config;
    private final Constants constants;
    private final RotaryPositions positions;

    public Llama(LlamaLanguageModel config, Constants constants) {
        this.config = config;
        this.constants = constants;
        this.positions = new RotaryPositions(
                config.headWidth(),
                config.contextLength(),
                frequencies(config.rotary(), config.headWidth()),
                RotaryPositions.Pairs.HALVES,
                constants);
    }

    /** Slow turns are stretched, fast ones kept, those between mixed (transformers, modeling_rope_utils.py, "llama3"). */
    private static float[] frequencies(LlamaLanguageModel.Rotary rotary, int headWidth) {
        float[] frequencies = RotaryPositions.frequencies(rotary.base(), headWidth);
        if (rotary.factor() == 1) {
            return frequencies;
        }
        double low = rotary.lowFrequencyFactor();
        double high = rotary.highFrequencyFactor();
        for (int i = 0; i < frequencies.length; i++) {
            double turnsOfTheOriginal = rotary.originalContext() * frequencies[i] / (2 * Math.PI);
            double kept = Math.min(1, Math.max(0, (turnsOfTheOriginal - low) / (high - low)));
            frequencies[i] = (float) (frequencies[i] * (kept + (1 - kept) / rotary.factor()));
        }
        return frequencies;
    }

    @Override
    public NDArray embed(Weights weights, NDArray ids) {
        return rows(weights.get("model.embed_tokens.weight"), ids);
    }

    @Override
    public NDArray forward(Weights weights, NDArray embeddings, @Nullable KeyValueCache cache) {
        Weights below = weights.under("model.");
        DecoderLayers layers = new DecoderLayers(config.layers(), config.contextLength(), constants);
        int past = layers.checkedPast(embeddings, cache);
        NDArray x = layers.forward(embeddings, cache, (layer, input, mask) -> {
            Weights block = below.under("layers." + layer + ".");
            NDArray normed = norm(input, block.get("input_layernorm.weight"));
            NDArray y = input.add(attention(block.under("self_attn."), normed, mask, cache, layer, past));
            return y.add(feedForward(block.under("mlp."), norm(y, block.get("post_attention_layernorm.weight"))));
        });
        return norm(x, below.get("norm.weight"));
    }

    @Override
    public NDArray logits(Weights weights, NDArray hidden) {
        return linear(hidden, weights.get(config.tied() ? "model.embed_tokens.weight" : "lm_head.weight"));
    }

    private NDArray norm(NDArray x, NDArray weight) {
        return rmsNorm(x, weight, config.normEpsilon(), constants);
    }

    private NDArray attention(
            Weights weights, NDArray x, @Nullable NDArray mask, @Nullable KeyValueCache cache, int layer, int past) {
        NDArray query = Attention.splitHeads(linear(x, weights.get("q_proj.weight")), config.heads()); // B H L W
        NDArray key = Attention.splitHeads(linear(x, weights.get("k_proj.weight")), config.keyValueHeads()); // B G L W
        NDArray value = Attention.splitHeads(linear(x, weights.get("v_proj.weight")), config.keyValueHeads());
        NDArray turned = positions.turn(key, past);
        NDArray keys = cache == null ? turned : cache.appendKeys(layer, turned);
        NDArray values = cache == null ? value : cache.appendValues(layer, value);
        NDArray attended = Attention.attendGrouped(positions.turn(query, past), keys, values, mask, constants);
        return linear(Attention.joinHeads(attended), weights.get("o_proj.weight"));
    }

    private static NDArray feedForward(Weights weights, NDArray x) {
        NDArray gate = Activations.silu(linear(x, weights.get("gate_proj.weight")));
        return linear(gate.mul(linear(x, weights.get("up_proj.weight"))), weights.get("down_proj.weight"));
    }
}
