package dev.capstan.model;

import static dev.capstan.model.ModelArchitecture.require;
import static dev.capstan.model.ParameterSpec.Initial.normal;

import dev.capstan.model.network.Constants;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.TorchScriptEncoder;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.util.List;
import java.util.Objects;

/**
 * An image encoder that somebody exported as a TorchScript program, weights and all: whatever PyTorch can trace, for example
 * an ImageNet classifier without its head. It is frozen; only the projection of its features to the space shared with texts is
 * a parameter. The program is the bundle's tensor {@value ParameterCatalog#IMAGE_PROGRAM}.
 *
 * <p>The program reads N x 3 x size x size and gives N x D, N x L x D or N x D x H x W; of a tuple the first is read. Load only
 * programs that you would run: TorchScript cannot reach Python, but it is a program.
 *
 * @param size side of the square input in pixels
 * @param features D
 * @param positions L or H x W; 1 where the program pools
 * @param mean of red, green and blue in 0..1, subtracted from each pixel
 * @param standardDeviation that each pixel is then divided by
 */
public record TorchScriptImageEncoder(
        int size, int features, int positions, List<Float> mean, List<Float> standardDeviation)
        implements ModelArchitecture.ImageEncoder {
    static final String KIND = "torchscript";

    public TorchScriptImageEncoder {
        mean = List.copyOf(mean);
        standardDeviation = List.copyOf(standardDeviation);
        require(size > 0 && features > 0 && positions > 0, "size, features and positions must be positive");
        PixelStatistics.check(mean, standardDeviation);
    }

    @Override
    public ImageEncoder network(Constants constants) {
        throw new IllegalStateException("a TorchScript encoder is made of its program, not of weights alone");
    }

    @Override
    public ImageEncoder network(Constants constants, ModelBundle bundle) throws WeightsFormatException {
        TensorValue program = Objects.requireNonNull(bundle.byName().get(ParameterCatalog.IMAGE_PROGRAM));
        return TorchScriptEncoder.load(this, program.bytes(), constants);
    }

    @Override
    public void declare(ParameterList parameters, int outputs) {
        parameters.matrix(ParameterCatalog.PROJECTION, normal(Math.pow(features, -0.5)), features, outputs);
    }
}
