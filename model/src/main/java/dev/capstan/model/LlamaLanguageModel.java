package dev.capstan.model;

import static dev.capstan.model.ModelArchitecture.require;
import static dev.capstan.model.ParameterSpec.Initial.constant;
import static dev.capstan.model.ParameterSpec.Initial.normal;

import dev.capstan.model.ParameterSpec.Initial;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.LanguageModel;
import dev.capstan.model.network.Llama;

/**
 * The Llama family: RMS norm, rotary positions, grouped queries, SwiGLU (transformers, modeling_llama.py).
 *
 * @param contextLength most positions, soft prompt included
 * @param vocabularySize tokens of the vocabulary
 * @param width features of a token
 * @param heads heads of the queries
 * @param keyValueHeads heads of keys and values, each shared by as many query heads as there are more of these
 * @param headWidth features of a head, even
 * @param layers residual blocks
 * @param hidden features inside the feed-forward part
 * @param normEpsilon added to the mean square in a norm
 * @param tied whether the output matrix is the token embedding
 * @param rotary how fast positions turn the features
 */
public record LlamaLanguageModel(
        int contextLength,
        int vocabularySize,
        int width,
        int heads,
        int keyValueHeads,
        int headWidth,
        int layers,
        int hidden,
        float normEpsilon,
        boolean tied,
        Rotary rotary)
        implements ModelArchitecture.LanguageModel {
    static final String KIND = "llama";
    private static final double DEVIATION = 0.02;

    public LlamaLanguageModel {
        require(contextLength > 1, "language model contextLength must be above 1");
        require(vocabularySize > 0, "vocabularySize must be positive");
        require(width > 0 && hidden > 0, "language model width and hidden must be positive");
        require(
                heads > 0 && keyValueHeads > 0 && heads % keyValueHeads == 0,
                "keyValueHeads must divide heads, not " + keyValueHeads + " and " + heads);
        require(headWidth > 0 && headWidth % 2 == 0, "headWidth must be positive and even, not " + headWidth);
        require(layers > 0, "language model layers must be positive");
        require(normEpsilon > 0, "normEpsilon must be positive");
    }

    /**
     * Angles of the rotary positions. With a factor above 1 slow turns are stretched as Llama 3.1 does, so that a context
     * longer than the original one is not turned further than training saw.
     *
     * @param base the first feature turns once in 2 pi positions, the last in about as many times this
     * @param factor how much slow turns are stretched; 1 for none
     * @param lowFrequencyFactor turns that take more than the original context divided by this are stretched whole
     * @param highFrequencyFactor turns that take less than the original context divided by this stay as they are
     * @param originalContext positions of the training before the stretch
     */
    public record Rotary(
            double base, double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalContext) {
        public Rotary {
            require(base > 1 && Double.isFinite(base), "rotary base must be above 1, not " + base);
            require(factor >= 1 && Double.isFinite(factor), "rotary factor must be at least 1, not " + factor);
            require(
                    factor == 1
                            || (lowFrequencyFactor > 0
                                    && highFrequencyFactor > lowFrequencyFactor
                                    && originalContext > 0),
                    "rotary frequency factors must be positive and ascending, the original context positive");
        }

        public static Rotary plain(double base) {
            return new Rotary(base, 1, 1, 1, 1);
        }
    }

    @Override
    public LanguageModel network(Constants constants) {
        return new Llama(this, constants);
    }

    @Override
    public void declare(ParameterList parameters) {
        Initial initial = normal(DEVIATION);
        ParameterList below = parameters.under("model.");
        below.matrix("embed_tokens.weight", initial, vocabularySize, width);
        long queries = (long) heads * headWidth;
        long keys = (long) keyValueHeads * headWidth;
        for (int layer = 0; layer < layers; layer++) {
            ParameterList block = below.under("layers." + layer + ".");
            block.vector("input_layernorm.weight", constant(1), width);
            block.matrix("self_attn.q_proj.weight", initial, queries, width);
            block.matrix("self_attn.k_proj.weight", initial, keys, width);
            block.matrix("self_attn.v_proj.weight", initial, keys, width);
            block.matrix("self_attn.o_proj.weight", initial, width, queries);
            block.vector("post_attention_layernorm.weight", constant(1), width);
            block.matrix("mlp.gate_proj.weight", initial, hidden, width);
            block.matrix("mlp.up_proj.weight", initial, hidden, width);
            block.matrix("mlp.down_proj.weight", initial, width, hidden);
        }
        below.vector("norm.weight", constant(1), width);
        if (!tied) {
            parameters.matrix("lm_head.weight", initial, vocabularySize, width);
        }
    }
}
