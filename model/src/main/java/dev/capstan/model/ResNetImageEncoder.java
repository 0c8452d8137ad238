package dev.capstan.model;

import static dev.capstan.model.ModelArchitecture.require;

import dev.capstan.model.network.Constants;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.ModifiedResNet;
import java.util.List;

/**
 * CLIP's ModifiedResNet: a stem of three 3x3 convolutions, bottlenecks whose strides are average pools, attention pooling
 * (openai/CLIP, model.py; arXiv 2103.00020, section 2.4).
 *
 * @param size side of the square input in pixels, a multiple of 16 from 32 on
 * @param layers bottlenecks of each of the four stages
 * @param width channels after the stem, even; the features have 32 times as many
 * @param heads heads of the attention pool
 * @param mean of red, green and blue in 0..1, subtracted from each pixel
 * @param standardDeviation that each pixel is then divided by
 */
public record ResNetImageEncoder(
        int size, List<Integer> layers, int width, int heads, List<Float> mean, List<Float> standardDeviation)
        implements ModelArchitecture.ImageEncoder {
    static final String KIND = "modified-resnet";
    /** Pixels of the input behind one position of the feature grid. */
    public static final int REDUCTION = 32;

    private static final int STAGES = 4;
    private static final int EXPANSION = 32;
    private static final int HEAD_WIDTH = 64;

    public ResNetImageEncoder {
        layers = List.copyOf(layers);
        mean = List.copyOf(mean);
        standardDeviation = List.copyOf(standardDeviation);
        require(size >= REDUCTION && size % 16 == 0, "image size must be a multiple of 16 from 32 on, not " + size);
        require(
                layers.size() == STAGES && layers.stream().allMatch(n -> n > 0),
                "layers must be four positive numbers, not " + layers);
        require(width > 0 && width % 2 == 0, "image width must be positive and even, not " + width);
        require(
                heads > 0 && width * EXPANSION % heads == 0,
                "attention pool heads must divide " + width * EXPANSION + ", not " + heads);
        PixelStatistics.check(mean, standardDeviation);
    }

    /** With the reference's heads, one for each 64 features, and its pixel statistics. */
    public static ResNetImageEncoder of(int size, List<Integer> layers, int width) {
        return new ResNetImageEncoder(
                size, layers, width, Math.max(1, width * EXPANSION / HEAD_WIDTH), CLIP_MEAN, CLIP_STANDARD_DEVIATION);
    }

    /** Channels of the feature grid and of the attention pool. */
    @Override
    public int features() {
        return width * EXPANSION;
    }

    /** Side of the square feature grid. */
    public int grid() {
        return size / REDUCTION;
    }

    @Override
    public int positions() {
        return grid() * grid();
    }

    @Override
    public ImageEncoder network(Constants constants) {
        return new ModifiedResNet(this, constants);
    }

    @Override
    public void declare(ParameterList parameters, int outputs) {
        parameters.convolution("conv1", 3, width / 2, 3);
        parameters.batchNorm("bn1", width / 2, 1);
        parameters.convolution("conv2", width / 2, width / 2, 3);
        parameters.batchNorm("bn2", width / 2, 1);
        parameters.convolution("conv3", width / 2, width, 3);
        parameters.batchNorm("bn3", width, 1);
        int inputs = width;
        for (int stage = 0; stage < layers.size(); stage++) {
            int planes = width << stage;
            for (int block = 0; block < layers.get(stage); block++) {
                // The first bottleneck of a stage changes channels or resolution, so its shortcut has weights.
                bottleneck(parameters.under("layer" + (stage + 1) + "." + block + "."), inputs, planes, block == 0);
                inputs = planes * 4;
            }
        }
        attentionPool(parameters.under("attnpool."), outputs);
    }

    private static void bottleneck(ParameterList parameters, int inputs, int planes, boolean downsample) {
        parameters.convolution("conv1", inputs, planes, 1);
        parameters.batchNorm("bn1", planes, 1);
        parameters.convolution("conv2", planes, planes, 3);
        parameters.batchNorm("bn2", planes, 1);
        parameters.convolution("conv3", planes, planes * 4L, 1);
        parameters.batchNorm("bn3", planes * 4L, 0);
        if (downsample) {
            parameters.convolution("downsample.0", inputs, planes * 4L, 1);
            parameters.batchNorm("downsample.1", planes * 4L, 1);
        }
    }

    private void attentionPool(ParameterList parameters, int outputs) {
        ParameterSpec.Initial initial = ParameterSpec.Initial.normal(Math.pow(features(), -0.5));
        parameters.matrix("positional_embedding", initial, positions() + 1L, features());
        for (String part : List.of("k_proj", "q_proj", "v_proj")) {
            parameters.linear(part, features(), features(), initial);
        }
        parameters.linear("c_proj", features(), outputs, initial);
    }
}
