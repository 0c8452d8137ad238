package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.layerNorm;
import static dev.capstan.model.network.Operations.linear;

import ai.djl.ndarray.NDArray;
import dev.capstan.model.ModelArchitecture.Activation;

/** The pre-norm layer of both of SigLIP's encoders (transformers, modeling_siglip.py). */
final class SiglipBlock {
    static final float EPSILON = 1e-6f;

    private SiglipBlock() {}

    /** N x L x D -> N x L x D. */
    static NDArray forward(Weights weights, NDArray x, int heads, Constants constants) {
        NDArray normed = layerNorm(x, weights.under("layer_norm1."), EPSILON);
        Weights attention = weights.under("self_attn.");
        NDArray attended = Attention.attend(
                Attention.splitHeads(linear(normed, attention.under("q_proj.")), heads),
                Attention.splitHeads(linear(normed, attention.under("k_proj.")), heads),
                Attention.splitHeads(linear(normed, attention.under("v_proj.")), heads),
                null,
                constants);
        NDArray y = x.add(linear(Attention.joinHeads(attended), attention.under("out_proj.")));
        return y.add(
                feedForward(weights.under("mlp."), layerNorm(y, weights.under("layer_norm2."), EPSILON), constants));
    }

    static NDArray feedForward(Weights weights, NDArray x, Constants constants) {
        NDArray hidden = linear(x, weights.under("fc1."));
        return linear(Activations.apply(Activation.GELU_TANH, hidden, constants), weights.under("fc2."));
    }
}
