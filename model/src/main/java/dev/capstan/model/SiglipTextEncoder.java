package dev.capstan.model;

import static dev.capstan.model.ModelArchitecture.require;
import static dev.capstan.model.ModelArchitecture.requireHeads;
import static dev.capstan.model.ParameterSpec.Initial.normal;

import dev.capstan.model.network.Constants;
import dev.capstan.model.network.SiglipText;
import dev.capstan.model.network.TextEncoder;

/**
 * SigLIP's text transformer: every token sees every other, texts are filled up to the whole context, the feature is read at
 * the last position (arXiv 2303.15343; transformers, modeling_siglip.py). Its loss is the sigmoid loss.
 *
 * @param contextLength tokens of every text
 * @param vocabularySize tokens of the vocabulary
 * @param width features of a token
 * @param heads attention heads
 * @param layers residual blocks
 * @param hidden features inside the feed-forward part
 * @param padToken id that fills a text up
 */
public record SiglipTextEncoder(
        int contextLength, int vocabularySize, int width, int heads, int layers, int hidden, int padToken)
        implements ModelArchitecture.TextEncoder {
    static final String KIND = "siglip";
    private static final double EMBEDDING_DEVIATION = 0.02;

    public SiglipTextEncoder {
        require(contextLength > 2, "text contextLength must leave room for start, end and a token");
        require(vocabularySize > 0, "vocabularySize must be positive");
        requireHeads("text encoder", width, heads);
        require(layers > 0 && hidden > 0, "text layers and hidden must be positive");
        require(padToken >= 0 && padToken < vocabularySize, "padToken must be in the vocabulary, not " + padToken);
    }

    @Override
    public boolean logitBias() {
        return true;
    }

    @Override
    public TextEncoder network(Constants constants) {
        return new SiglipText(this, constants);
    }

    @Override
    public void declare(ParameterList parameters, int outputs) {
        ParameterList below = parameters.under("text_model.");
        below.matrix("embeddings.token_embedding.weight", normal(EMBEDDING_DEVIATION), vocabularySize, width);
        below.matrix("embeddings.position_embedding.weight", normal(EMBEDDING_DEVIATION), contextLength, width);
        for (int layer = 0; layer < layers; layer++) {
            below.under("encoder.layers." + layer + ".").siglipBlock(width, hidden);
        }
        below.layerNorm("final_layer_norm", width);
        below.linear("head", width, outputs, normal(Math.pow(width, -0.5)));
    }
}
