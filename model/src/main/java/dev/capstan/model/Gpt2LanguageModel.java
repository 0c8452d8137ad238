package dev.capstan.model;

import static dev.capstan.model.ModelArchitecture.require;
import static dev.capstan.model.ModelArchitecture.requireHeads;
import static dev.capstan.model.ParameterSpec.Initial.normal;

import dev.capstan.model.ModelArchitecture.Activation;
import dev.capstan.model.ParameterSpec.Initial;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.Gpt2;
import dev.capstan.model.network.LanguageModel;

/**
 * GPT-2: learned positions, pre-norm, tied embeddings (transformers, modeling_gpt2.py). First values are those of CLIP's
 * text transformer: GPT-2's own deviation of 0.02 suits a width of 768, and a narrow model that begins with it hardly learns
 * to look back.
 *
 * @param contextLength most positions, soft prompt included
 * @param vocabularySize tokens of the vocabulary
 * @param width features of a token
 * @param heads attention heads
 * @param layers residual blocks
 * @param activation non-linearity of the feed-forward part
 */
public record Gpt2LanguageModel(
        int contextLength, int vocabularySize, int width, int heads, int layers, Activation activation)
        implements ModelArchitecture.LanguageModel {
    static final String KIND = "gpt2";
    private static final double EMBEDDING_DEVIATION = 0.02;

    public Gpt2LanguageModel {
        require(contextLength > 1, "language model contextLength must be above 1");
        require(vocabularySize > 0, "vocabularySize must be positive");
        requireHeads("language model", width, heads);
        require(layers > 0, "language model layers must be positive");
    }

    @Override
    public LanguageModel network(Constants constants) {
        return new Gpt2(this, constants);
    }

    @Override
    public void declare(ParameterList parameters) {
        double deviation = Math.pow(width, -0.5);
        Initial residual = normal(deviation * Math.pow(2.0 * layers, -0.5));
        ParameterList below = parameters.under("transformer.");
        below.matrix("wte.weight", normal(EMBEDDING_DEVIATION), vocabularySize, width);
        below.matrix("wpe.weight", normal(EMBEDDING_DEVIATION / 2), contextLength, width);
        for (int layer = 0; layer < layers; layer++) {
            ParameterList block = below.under("h." + layer + ".");
            block.layerNorm("ln_1", width);
            block.conv1d("attn.c_attn", width, 3L * width, normal(deviation));
            block.conv1d("attn.c_proj", width, width, residual);
            block.layerNorm("ln_2", width);
            block.conv1d("mlp.c_fc", width, 4L * width, normal(Math.pow(2.0 * width, -0.5)));
            block.conv1d("mlp.c_proj", 4L * width, width, residual);
        }
        below.layerNorm("ln_f", width);
    }
}
