package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.linear;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.norm.LayerNorm;
import dev.capstan.model.ModelArchitecture;

/**
 * LiMBeR's linear map (arXiv 2209.15162, section 3): image features to a few embeddings in the language model's input
 * space. Legend: N batch, F vectors of an image, I their width, K soft tokens a vector, D width of the language model.
 * Stateless; the weights are under {@code limber.}.
 */
public final class SoftPrompt {
    private static final float EPSILON = 1e-5f;

    private final ModelArchitecture architecture;
    private final Constants constants;

    public SoftPrompt(ModelArchitecture architecture, Constants constants) {
        this.architecture = architecture;
        this.constants = constants;
    }

    /**
     * @param read of pictures, as {@link #read} gives it
     * @param training whether entries are dropped
     * @return N x F*K x D
     */
    public NDArray forward(Weights weights, NDArray read, boolean training) {
        NDArray scaled = architecture.limber().standardise() ? standardised(read) : read;
        NDArray mapped = linear(scaled, weights.under("proj.")); // N F K*D
        NDArray prompt = mapped.reshape(
                read.getShape().get(0),
                architecture.softPromptLength(),
                architecture.languageModel().width());
        float rate = architecture.limber().dropout();
        return training && rate > 0 ? Operations.dropout(prompt, rate) : prompt;
    }

    /** What the linear map reads of pictures: N x F x I, or N x I where it reads one vector of a picture. */
    public NDArray read(ImageEncoder.Features features) {
        return switch (architecture.limber().feature()) {
            case EMBEDDING -> features.embedding();
            case ATTENTION_POOL -> features.pooled();
            case AVERAGE_POOL -> features.grid().mean(new int[] {1});
            case GRID -> features.grid();
        };
    }

    /** The shape of what {@link #read} gives of some pictures. */
    public Shape shape(int pictures) {
        int vectors = architecture.softPromptLength() / architecture.limber().softTokens();
        return architecture.limber().feature() == ModelArchitecture.ImageFeature.GRID
                ? new Shape(pictures, vectors, architecture.limberInputs())
                : new Shape(pictures, architecture.limberInputs());
    }

    private NDArray standardised(NDArray x) {
        int width = architecture.limberInputs();
        NDArray gain = constants.filled(1, width);
        NDArray bias = constants.filled(0, width);
        return LayerNorm.layerNorm(x, new Shape(width), gain, bias, EPSILON).singletonOrThrow();
    }
}
