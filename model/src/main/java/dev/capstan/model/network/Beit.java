package dev.capstan.model.network;

import static dev.capstan.model.network.Operations.layerNorm;
import static dev.capstan.model.network.Operations.linear;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import dev.capstan.model.BeitImageEncoder;
import dev.capstan.model.ParameterCatalog;

/**
 * BEiT (transformers, modeling_beit.py): pre-norm blocks whose attention has a bias for each offset between two patches, and
 * whose branches are scaled feature by feature.
 *
 * <p>Legend: N batch, S patches of a side, L = S*S patches, D width, H heads, E shared space. The weights are under {@code
 * clip.visual.}.
 */
public final class Beit implements ImageEncoder {
    private static final float EPSILON = 1e-12f;

    private final BeitImageEncoder config;
    private final Constants constants;

    public Beit(BeitImageEncoder config, Constants constants) {
        this.config = config;
        this.constants = constants;
    }

    @Override
    public Features forward(Weights weights, NDArray pixels, boolean training) {
        NDArray x = Scopes.within(() -> embed(weights.under("embeddings."), pixels));
        NDArray offsets = constants.indices("beit offsets " + config.side(), this::offsets);
        for (int layer = 0; layer < config.layers(); layer++) {
            Weights below = weights.under("encoder.layer." + layer + ".");
            NDArray input = x;
            x = Scopes.within(() -> block(below, input, offsets));
        }
        NDArray grid = Operations.withoutFirstToken(x); // N 1+L D -> N L D
        NDArray pooled = layerNorm(grid.mean(new int[] {1}), weights.under("pooler.layernorm."), EPSILON); // N D
        return new Features(pooled.matMul(weights.get(ParameterCatalog.PROJECTION)), pooled, grid);
    }

    private NDArray embed(Weights weights, NDArray pixels) {
        NDArray patches = Operations.convolution(
                pixels.transpose(0, 3, 1, 2), weights.under("patch_embeddings.projection."), config.patch(), 0);
        long images = patches.getShape().get(0);
        NDArray x = patches.reshape(images, config.width(), -1).transpose(0, 2, 1); // N D S S -> N L D
        NDArray classToken = weights.get("cls_token").broadcast(new Shape(images, 1, config.width()));
        return classToken.concat(x, 1); // N 1+L D
    }

    private NDArray block(Weights weights, NDArray x, NDArray offsets) {
        NDArray normed = layerNorm(x, weights.under("layernorm_before."), EPSILON);
        NDArray attended = attention(weights.under("attention."), normed, offsets);
        NDArray y = x.add(attended.mul(weights.get("lambda_1")));
        NDArray inner =
                linear(layerNorm(y, weights.under("layernorm_after."), EPSILON), weights.under("intermediate.dense."));
        NDArray outer = linear(Activation.gelu(inner), weights.under("output.dense."));
        return y.add(outer.mul(weights.get("lambda_2")));
    }

    private NDArray attention(Weights weights, NDArray x, NDArray offsets) {
        Weights inner = weights.under("attention.");
        NDArray attended = Attention.attend(
                Attention.splitHeads(linear(x, inner.under("query.")), config.heads()),
                Attention.splitHeads(linear(x, inner.get("key.weight")), config.heads()),
                Attention.splitHeads(linear(x, inner.under("value.")), config.heads()),
                bias(inner.get("relative_position_bias.relative_position_bias_table"), offsets),
                constants);
        return linear(Attention.joinHeads(attended), weights.under("output.dense."));
    }

    /** H x 1+L x 1+L, added to the scores of every picture. */
    private NDArray bias(NDArray table, NDArray offsets) {
        long tokens = config.positions() + 1L;
        return Operations.rows(table, offsets)
                .reshape(tokens, tokens, config.heads())
                .transpose(2, 0, 1);
    }

    /** For each two tokens the row of the table: by the offset of the patches, or one of three for the class token. */
    private long[] offsets() {
        int side = config.side();
        int tokens = config.positions() + 1;
        int special = config.offsets() - 3;
        long[] rows = new long[tokens * tokens];
        for (int from = 0; from < tokens; from++) {
            for (int to = 0; to < tokens; to++) {
                rows[from * tokens + to] = from > 0 && to > 0 ? offset(from - 1, to - 1, side) : special;
            }
            rows[from * tokens] = special + 1L;
        }
        rows[0] = special + 2L;
        return rows;
    }

    private static int offset(int from, int to, int side) {
        int down = from / side - to / side + side - 1;
        int across = from % side - to % side + side - 1;
        return down * (2 * side - 1) + across;
    }
}
