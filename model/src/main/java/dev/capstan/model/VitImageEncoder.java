package dev.capstan.model;

import static dev.capstan.model.ModelArchitecture.require;
import static dev.capstan.model.ModelArchitecture.requireHeads;

import dev.capstan.model.ModelArchitecture.Activation;
import dev.capstan.model.ParameterSpec.Initial;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.VisionTransformer;
import java.util.List;

/**
 * CLIP's vision transformer: patches, a class token, a layer norm before the blocks and one after them, a projection of the
 * class token (openai/CLIP, model.py; arXiv 2103.00020, section 2.4).
 *
 * @param size side of the square input in pixels; what is left over beside whole patches is not read
 * @param patch side of a patch in pixels
 * @param width features of a position
 * @param heads attention heads; the reference has one for each 64 features
 * @param layers residual blocks
 * @param activation non-linearity of the feed-forward part
 * @param mean of red, green and blue in 0..1, subtracted from each pixel
 * @param standardDeviation that each pixel is then divided by
 */
public record VitImageEncoder(
        int size,
        int patch,
        int width,
        int heads,
        int layers,
        Activation activation,
        List<Float> mean,
        List<Float> standardDeviation)
        implements ModelArchitecture.ImageEncoder {
    static final String KIND = "clip-vit";
    private static final int HEAD_WIDTH = 64;

    public VitImageEncoder {
        mean = List.copyOf(mean);
        standardDeviation = List.copyOf(standardDeviation);
        require(patch > 0 && size >= patch, "image size must be at least its patch, not " + size + " and " + patch);
        requireHeads("image encoder", width, heads);
        require(layers > 0, "image layers must be positive");
        PixelStatistics.check(mean, standardDeviation);
    }

    /** As the reference has it: a head for each 64 features, QuickGELU, CLIP's pixel statistics. */
    public static VitImageEncoder of(int size, int patch, int width, int layers) {
        return new VitImageEncoder(
                size,
                patch,
                width,
                width / HEAD_WIDTH,
                layers,
                Activation.QUICK_GELU,
                CLIP_MEAN,
                CLIP_STANDARD_DEVIATION);
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
        return new VisionTransformer(this, constants);
    }

    @Override
    public void declare(ParameterList parameters, int outputs) {
        Initial initial = Initial.normal(Math.pow(width, -0.5));
        parameters.convolution("conv1", 3, width, patch);
        parameters.vector("class_embedding", initial, width);
        parameters.matrix("positional_embedding", initial, positions() + 1L, width);
        parameters.layerNorm("ln_pre", width);
        for (int layer = 0; layer < layers; layer++) {
            ParameterList block = parameters.under("transformer.resblocks." + layer + ".");
            // The reference leaves these blocks to PyTorch: Xavier's uniform for the inputs of the attention.
            Initial attention = Initial.uniform(width / 1.5);
            Initial inner = Initial.uniform(width);
            block.transformerBlock(width, attention, inner, inner, Initial.uniform(4.0 * width));
        }
        parameters.layerNorm("ln_post", width);
        parameters.matrix(ParameterCatalog.PROJECTION, initial, width, outputs);
    }
}
