package dev.capstan.model;

import static dev.capstan.model.ModelArchitecture.require;
import static dev.capstan.model.ModelArchitecture.requireHeads;
import static dev.capstan.model.ParameterSpec.Initial.normal;

import dev.capstan.model.ModelArchitecture.Activation;
import dev.capstan.model.ParameterSpec.Initial;
import dev.capstan.model.network.ClipText;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.TextEncoder;

/**
 * CLIP's text transformer: causal, pre-norm, feature at the end token (openai/CLIP, model.py).
 *
 * @param contextLength most tokens of a text, start and end token included
 * @param vocabularySize tokens of the vocabulary
 * @param width features of a token
 * @param heads attention heads
 * @param layers residual blocks
 * @param activation non-linearity of the feed-forward part; QUICK_GELU in older files, which do not name it
 */
public record ClipTextEncoder(
        int contextLength, int vocabularySize, int width, int heads, int layers, Activation activation)
        implements ModelArchitecture.TextEncoder {
    static final String KIND = "clip";
    private static final double EMBEDDING_DEVIATION = 0.02;

    public ClipTextEncoder {
        require(contextLength > 2, "text contextLength must leave room for start, end and a token");
        require(vocabularySize > 0, "vocabularySize must be positive");
        requireHeads("text encoder", width, heads);
        require(layers > 0, "text layers must be positive");
    }

    /** With the paper's QuickGELU. */
    public ClipTextEncoder(int contextLength, int vocabularySize, int width, int heads, int layers) {
        this(contextLength, vocabularySize, width, heads, layers, Activation.QUICK_GELU);
    }

    @Override
    public boolean logitBias() {
        return false;
    }

    @Override
    public TextEncoder network(Constants constants) {
        return new ClipText(this, constants);
    }

    @Override
    public void declare(ParameterList parameters, int outputs) {
        double deviation = Math.pow(width, -0.5);
        Initial residual = normal(deviation * Math.pow(2.0 * layers, -0.5));
        parameters.matrix("token_embedding.weight", normal(EMBEDDING_DEVIATION), vocabularySize, width);
        parameters.matrix("positional_embedding", normal(EMBEDDING_DEVIATION / 2), contextLength, width);
        for (int layer = 0; layer < layers; layer++) {
            parameters
                    .under("transformer.resblocks." + layer + ".")
                    .transformerBlock(
                            width, normal(deviation), residual, normal(Math.pow(2.0 * width, -0.5)), residual);
        }
        parameters.layerNorm("ln_final", width);
        parameters.matrix("text_projection", normal(deviation), width, outputs);
    }
}
