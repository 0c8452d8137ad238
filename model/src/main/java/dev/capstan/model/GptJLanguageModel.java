package dev.capstan.model;

import static dev.capstan.model.ModelArchitecture.require;
import static dev.capstan.model.ModelArchitecture.requireHeads;
import static dev.capstan.model.ParameterSpec.Initial.constant;
import static dev.capstan.model.ParameterSpec.Initial.normal;

import dev.capstan.model.ModelArchitecture.Activation;
import dev.capstan.model.ParameterSpec.Initial;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.GptJ;
import dev.capstan.model.network.LanguageModel;
import java.util.List;

/**
 * GPT-J, the language model of the LiMBeR paper: rotary positions, attention and feed-forward side by side, an output matrix
 * of its own with bias (transformers, modeling_gptj.py).
 *
 * @param contextLength most positions, soft prompt included
 * @param vocabularySize tokens of the vocabulary
 * @param width features of a token
 * @param heads attention heads
 * @param layers residual blocks
 * @param rotaryWidth features of a head, from its first on, that positions turn; even
 * @param activation non-linearity of the feed-forward part
 */
public record GptJLanguageModel(
        int contextLength, int vocabularySize, int width, int heads, int layers, int rotaryWidth, Activation activation)
        implements ModelArchitecture.LanguageModel {
    static final String KIND = "gpt-j";
    private static final double DEVIATION = 0.02;

    public GptJLanguageModel {
        require(contextLength > 1, "language model contextLength must be above 1");
        require(vocabularySize > 0, "vocabularySize must be positive");
        requireHeads("language model", width, heads);
        require(layers > 0, "language model layers must be positive");
        require(
                rotaryWidth > 0 && rotaryWidth % 2 == 0 && rotaryWidth <= width / heads,
                "rotaryWidth must be even and within a head's width of " + width / heads + ", not " + rotaryWidth);
    }

    /** GPT-J-6B. */
    public static GptJLanguageModel ofThePaper() {
        return new GptJLanguageModel(2048, 50400, 4096, 16, 28, 64, Activation.GELU_TANH);
    }

    @Override
    public LanguageModel network(Constants constants) {
        return new GptJ(this, constants);
    }

    @Override
    public void declare(ParameterList parameters) {
        Initial initial = normal(DEVIATION);
        ParameterList below = parameters.under("transformer.");
        below.matrix("wte.weight", initial, vocabularySize, width);
        for (int layer = 0; layer < layers; layer++) {
            ParameterList block = below.under("h." + layer + ".");
            block.layerNorm("ln_1", width);
            for (String part : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
                block.matrix("attn." + part + ".weight", initial, width, width);
            }
            block.matrix("mlp.fc_in.weight", initial, 4L * width, width);
            block.vector("mlp.fc_in.bias", constant(0), 4L * width);
            block.matrix("mlp.fc_out.weight", initial, width, 4L * width);
            block.vector("mlp.fc_out.bias", constant(0), width);
        }
        below.layerNorm("ln_f", width);
        parameters.matrix("lm_head.weight", initial, vocabularySize, width);
        parameters.vector("lm_head.bias", constant(0), vocabularySize);
    }
}
