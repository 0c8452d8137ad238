package dev.capstan.model;

import static dev.capstan.model.ModelArchitecture.require;
import static dev.capstan.model.ModelArchitecture.requireHeads;
import static dev.capstan.model.ParameterSpec.Initial.constant;
import static dev.capstan.model.ParameterSpec.Initial.normal;

import dev.capstan.model.network.Constants;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.SiglipVision;
import java.util.List;

/**
 * SigLIP's vision transformer: no class token, pooled by a query of its own (arXiv 2303.15343; transformers,
 * modeling_siglip.py). Its width is that of the space shared with texts.
 *
 * @param size side of the square input in pixels; what is left over beside whole patches is not read
 * @param patch side of a patch in pixels
 * @param width features of a position, and of the shared space
 * @param heads attention heads
 * @param layers residual blocks
 * @param hidden features inside the feed-forward part
 * @param mean of red, green and blue in 0..1, subtracted from each pixel
 * @param standardDeviation that each pixel is then divided by
 */
public record SiglipImageEncoder(
        int size,
        int patch,
        int width,
        int heads,
        int layers,
        int hidden,
        List<Float> mean,
        List<Float> standardDeviation)
        implements ModelArchitecture.ImageEncoder {
    static final String KIND = "siglip";

    public SiglipImageEncoder {
        mean = List.copyOf(mean);
        standardDeviation = List.copyOf(standardDeviation);
        require(patch > 0 && size >= patch, "image size must be at least its patch, not " + size + " and " + patch);
        requireHeads("image encoder", width, heads);
        require(layers > 0 && hidden > 0, "image layers and hidden must be positive");
        PixelStatistics.check(mean, standardDeviation);
    }

    @Override
    public int features() {
        return width;
    }

    @Override
    public int positions() {
        return (size / patch) * (size / patch);
    }

    @Override
    public ImageEncoder network(Constants constants) {
        return new SiglipVision(this, constants);
    }

    @Override
    public void declare(ParameterList parameters, int outputs) {
        require(outputs == width, "SigLIP's image width must be that of the shared space, " + outputs);
        ParameterSpec.Initial initial = normal(Math.pow(width, -0.5));
        ParameterList below = parameters.under("vision_model.");
        below.convolution("embeddings.patch_embedding", 3, width, patch);
        below.vector("embeddings.patch_embedding.bias", constant(0), width);
        below.matrix("embeddings.position_embedding.weight", initial, positions(), width);
        for (int layer = 0; layer < layers; layer++) {
            below.under("encoder.layers." + layer + ".").siglipBlock(width, hidden);
        }
        below.layerNorm("post_layernorm", width);
        ParameterList head = below.under("head.");
        head.add("probe", ParameterSpec.Kind.GAIN_OR_BIAS, initial, 1, 1, width);
        head.matrix("attention.in_proj_weight", ParameterSpec.Initial.uniform(width / 1.5), 3L * width, width);
        head.vector("attention.in_proj_bias", constant(0), 3L * width);
        head.matrix("attention.out_proj.weight", initial, width, width);
        head.vector("attention.out_proj.bias", constant(0), width);
        head.layerNorm("layernorm", width);
        head.siglipFeedForward(width, hidden);
    }
}
