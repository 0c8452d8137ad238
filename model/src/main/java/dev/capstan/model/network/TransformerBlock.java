package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.layerNorm;
import static dev.capstan.model.network.Operations.linear;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.capstan.model.ModelArchitecture.Activation;
import org.jspecify.annotations.Nullable;

/** CLIP's ResidualAttentionBlock (openai/CLIP, model.py), of both its encoders. Legend: N batch, L positions, D width. */
final class TransformerBlock {
    private TransformerBlock() {}

    /**
     * @param x N x L x D
     * @param mask L x L, added to the scores; null where every position sees every other
     * @return N x L x D
     */
    static NDArray forward(
            Weights weights, NDArray x, @Nullable NDArray mask, int heads, Activation activation, Constants constants) {
        NDArray normed = layerNorm(x, weights.under("ln_1."));
        NDArray y = x.add(attention(weights.under("attn."), normed, mask, heads, constants));
        return y.add(feedForward(weights.under("mlp."), layerNorm(y, weights.under("ln_2.")), activation, constants));
    }

    private static NDArray attention(
            Weights weights, NDArray x, @Nullable NDArray mask, int heads, Constants constants) {
        NDList parts = linear(x, weights.get("in_proj_weight"), weights.get("in_proj_bias"))
                .split(3, 2); // N L 3D -> 3 times N L D
        NDArray attended = Attention.attend(
                Attention.splitHeads(parts.get(0), heads),
                Attention.splitHeads(parts.get(1), heads),
                Attention.splitHeads(parts.get(2), heads),
                mask,
                constants);
        return linear(Attention.joinHeads(attended), weights.under("out_proj."));
    }

    private static NDArray feedForward(Weights weights, NDArray x, Activation activation, Constants constants) {
        NDArray hidden = linear(x, weights.under("c_fc."));
        return linear(Activations.apply(activation, hidden, constants), weights.under("c_proj."));
    }
}
