package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.capstan.model.ModelArchitecture;

/** Non-linearities of the transformers. */
final class Activations {
    private static final float QUICK_GELU_SLOPE = 1.702f;
    /** sqrt(2/pi) and the cubic's share, of GPT-2's approximation. */
    private static final float GELU_TANH_SCALE = 0.7978846f;

    private static final float GELU_TANH_CUBIC = 0.044715f;

    private Activations() {}

    static NDArray apply(ModelArchitecture.Activation kind, NDArray x, Constants constants) {
        return switch (kind) {
            case GELU -> Activation.gelu(x);
            case GELU_TANH -> geluTanh(x, constants);
            case QUICK_GELU -> quickGelu(x, constants);
        };
    }

    /** x * sigmoid(1.702 x) (openai/CLIP, model.py). */
    static NDArray quickGelu(NDArray x, Constants constants) {
        return x.mul(Activation.sigmoid(x.mul(constants.scalar(QUICK_GELU_SLOPE))));
    }

    /** 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), which is x * sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)). */
    private static NDArray geluTanh(NDArray x, Constants constants) {
        NDArray cubic = x.mul(x).mul(x).mul(constants.scalar(GELU_TANH_CUBIC));
        return x.mul(Activation.sigmoid(x.add(cubic).mul(constants.scalar(2 * GELU_TANH_SCALE))));
    }

    /** x * sigmoid(x). */
    static NDArray silu(NDArray x) {
        return x.mul(Activation.sigmoid(x));
    }
}
