package dev.capstan.model;

import static dev.capstan.model.ModelArchitecture.require;
import static dev.capstan.model.ParameterSpec.Initial.constant;
import static dev.capstan.model.ParameterSpec.Initial.normal;

import dev.capstan.model.network.Constants;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.NormFreeResNet;
import java.util.List;

/**
 * NF-ResNet, the encoder of the LiMBeR paper that learnt from ImageNet's labels: no batch norms, but standardised weights and
 * scaled branches (arXiv 2101.08692; timm, nfnet.py). A projection to the space shared with texts is Capstan's own.
 *
 * @param size side of the square input in pixels, at least 32
 * @param layers bottlenecks of each of the four stages
 * @param channels of each stage, multiples of 32; bottlenecks have a quarter of them inside
 * @param stem channels after the first convolution
 * @param mean of red, green and blue in 0..1, subtracted from each pixel
 * @param standardDeviation that each pixel is then divided by
 */
public record NfResNetImageEncoder(
        int size,
        List<Integer> layers,
        List<Integer> channels,
        int stem,
        List<Float> mean,
        List<Float> standardDeviation)
        implements ModelArchitecture.ImageEncoder {
    static final String KIND = "nf-resnet";
    /** Mean and deviation of ImageNet's pixels. */
    public static final List<Float> IMAGENET_MEAN = List.of(0.485f, 0.456f, 0.406f);

    public static final List<Float> IMAGENET_STANDARD_DEVIATION = List.of(0.229f, 0.224f, 0.225f);

    private static final int STAGES = 4;
    private static final int HALVINGS = 5;
    private static final int BOTTLENECK = 4;
    /** timm rounds the channels inside a bottleneck to a multiple of eight. */
    private static final int MULTIPLE = 32;

    public NfResNetImageEncoder {
        layers = List.copyOf(layers);
        channels = List.copyOf(channels);
        mean = List.copyOf(mean);
        standardDeviation = List.copyOf(standardDeviation);
        require(size >= 1 << HALVINGS, "image size must be at least 32, not " + size);
        require(
                layers.size() == STAGES && layers.stream().allMatch(n -> n > 0),
                "layers must be four positive numbers, not " + layers);
        require(
                channels.size() == STAGES && channels.stream().allMatch(n -> n > 0 && n % MULTIPLE == 0),
                "channels must be four positive multiples of 32, not " + channels);
        require(stem > 0, "stem must be positive, not " + stem);
        PixelStatistics.check(mean, standardDeviation);
    }

    /** NF-ResNet50 at 224 pixels: a grid of 49 positions, 2,048 features. */
    public static NfResNetImageEncoder ofThePaper() {
        return new NfResNetImageEncoder(
                224,
                List.of(3, 4, 6, 3),
                List.of(256, 512, 1024, 2048),
                64,
                IMAGENET_MEAN,
                IMAGENET_STANDARD_DEVIATION);
    }

    @Override
    public int features() {
        return channels.get(STAGES - 1);
    }

    @Override
    public int positions() {
        int side = size;
        for (int halving = 0; halving < HALVINGS; halving++) {
            side = (side + 1) / 2;
        }
        return side * side;
    }

    @Override
    public ImageEncoder network(Constants constants) {
        return new NormFreeResNet(this, constants);
    }

    @Override
    public void declare(ParameterList parameters, int outputs) {
        convolution(parameters, "stem.conv", 3, stem, 7, 1);
        int inputs = stem;
        for (int stage = 0; stage < STAGES; stage++) {
            int planes = channels.get(stage);
            int inner = planes / BOTTLENECK;
            for (int block = 0; block < layers.get(stage); block++) {
                ParameterList below = parameters.under("stages." + stage + "." + block + ".");
                if (block == 0 && (stage > 0 || inputs != planes)) {
                    convolution(below, "downsample.conv", inputs, planes, 1, 1);
                }
                convolution(below, "conv1", inputs, inner, 1, 1);
                convolution(below, "conv2", inner, inner, 3, 1);
                // A branch begins with nothing.
                convolution(below, "conv3", inner, planes, 1, 0);
                inputs = planes;
            }
        }
        parameters.matrix(ParameterCatalog.PROJECTION, normal(Math.pow(features(), -0.5)), features(), outputs);
    }

    private static void convolution(
            ParameterList parameters, String name, long inputs, long outputs, long kernel, double gain) {
        double fanIn = (double) inputs * kernel * kernel;
        parameters.matrix(name + ".weight", normal(Math.pow(fanIn, -0.5)), outputs, inputs, kernel, kernel);
        parameters.add(name + ".gain", ParameterSpec.Kind.GAIN_OR_BIAS, constant(gain), outputs, 1, 1, 1);
        parameters.vector(name + ".bias", constant(0), outputs);
    }
}
