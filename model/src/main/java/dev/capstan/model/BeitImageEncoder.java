package dev.capstan.model;

import static dev.capstan.model.ModelArchitecture.require;
import static dev.capstan.model.ModelArchitecture.requireHeads;
import static dev.capstan.model.ParameterSpec.Initial.constant;
import static dev.capstan.model.ParameterSpec.Initial.normal;

import dev.capstan.model.ParameterSpec.Initial;
import dev.capstan.model.network.Beit;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.ImageEncoder;
import java.util.List;

/**
 * BEiT, the encoder of the LiMBeR paper that has never seen a text: positions are biases of the attention, branches are
 * scaled, the pooled vector is the mean of the patches (arXiv 2106.08254; transformers, modeling_beit.py). The class token
 * is dropped from the grid. A projection to the space shared with texts is Capstan's own.
 *
 * @param size side of the square input in pixels, a multiple of the patch
 * @param patch side of a patch in pixels
 * @param width features of a position
 * @param heads attention heads
 * @param layers residual blocks
 * @param firstScale what the branches are scaled by at first
 * @param mean of red, green and blue in 0..1, subtracted from each pixel
 * @param standardDeviation that each pixel is then divided by
 */
public record BeitImageEncoder(
        int size,
        int patch,
        int width,
        int heads,
        int layers,
        float firstScale,
        List<Float> mean,
        List<Float> standardDeviation)
        implements ModelArchitecture.ImageEncoder {
    static final String KIND = "beit";
    private static final double DEVIATION = 0.02;
    private static final List<Float> HALF = List.of(0.5f, 0.5f, 0.5f);

    public BeitImageEncoder {
        mean = List.copyOf(mean);
        standardDeviation = List.copyOf(standardDeviation);
        require(
                patch > 0 && size >= patch && size % patch == 0,
                "image size must be a multiple of its patch, not " + size + " and " + patch);
        requireHeads("image encoder", width, heads);
        require(layers > 0, "image layers must be positive");
        require(firstScale > 0, "firstScale must be positive, not " + firstScale);
        PixelStatistics.check(mean, standardDeviation);
    }

    /** BEiT-large at 224 pixels with patches of 16: 196 positions of 1,024 features. */
    public static BeitImageEncoder ofThePaper() {
        return new BeitImageEncoder(224, 16, 1024, 16, 24, 1e-5f, HALF, HALF);
    }

    /** Patches of a side. */
    public int side() {
        return size / patch;
    }

    /** Rows of a block's table of biases: every offset between two patches, and three for the class token. */
    public int offsets() {
        return (2 * side() - 1) * (2 * side() - 1) + 3;
    }

    @Override
    public int features() {
        return width;
    }

    @Override
    public int positions() {
        return side() * side();
    }

    @Override
    public ImageEncoder network(Constants constants) {
        return new Beit(this, constants);
    }

    @Override
    public void declare(ParameterList parameters, int outputs) {
        Initial initial = normal(DEVIATION);
        parameters.add("embeddings.cls_token", ParameterSpec.Kind.GAIN_OR_BIAS, initial, 1, 1, width);
        parameters.matrix("embeddings.patch_embeddings.projection.weight", initial, width, 3, patch, patch);
        parameters.vector("embeddings.patch_embeddings.projection.bias", constant(0), width);
        for (int layer = 0; layer < layers; layer++) {
            ParameterList block = parameters.under("encoder.layer." + layer + ".");
            block.vector("lambda_1", constant(firstScale), width);
            block.vector("lambda_2", constant(firstScale), width);
            block.layerNorm("layernorm_before", width);
            ParameterList attention = block.under("attention.attention.");
            dense(attention, "query", width, width);
            attention.matrix("key.weight", initial, width, width);
            dense(attention, "value", width, width);
            attention.matrix("relative_position_bias.relative_position_bias_table", constant(0), offsets(), heads);
            dense(block, "attention.output.dense", width, width);
            block.layerNorm("layernorm_after", width);
            dense(block, "intermediate.dense", width, 4L * width);
            dense(block, "output.dense", 4L * width, width);
        }
        parameters.layerNorm("pooler.layernorm", width);
        parameters.matrix(ParameterCatalog.PROJECTION, normal(Math.pow(width, -0.5)), width, outputs);
    }

    private static void dense(ParameterList parameters, String name, long inputs, long outputs) {
        parameters.matrix(name + ".weight", normal(DEVIATION), outputs, inputs);
        parameters.vector(name + ".bias", constant(0), outputs);
    }
}
