package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention (arXiv 1706.03762, section 3.2). Legend: B batch, Q queries, K keys, H heads, D width, W =
 * D/H width of a head.
 */
final class Attention {
    private Attention() {}

    /** B x L x D -> B x H x L x W. */
    static NDArray splitHeads(NDArray x, int heads) {
        Shape shape = x.getShape();
        return x.reshape(shape.get(0), shape.get(1), heads, shape.get(2) / heads)
                .transpose(0, 2, 1, 3);
    }

    /** B x H x L x W -> B x L x D. */
    static NDArray joinHeads(NDArray x) {
        Shape shape = x.getShape();
        return x.transpose(0, 2, 1, 3).reshape(shape.get(0), shape.get(2), shape.get(1) * shape.get(3));
    }

    /**
     * @param query B x H x Q x W
     * @param key B x H x K x W
     * @param value B x H x K x W
     * @param mask Q x K, added to the scores; null where every query sees every key
     * @return B x H x Q x W
     */
    static NDArray attend(NDArray query, NDArray key, NDArray value, @Nullable NDArray mask, Constants constants) {
        long width = query.getShape().get(3);
        NDArray scaled = query.mul(constants.scalar((float) (1 / Math.sqrt((double) width))));
        NDArray scores = scaled.matMul(key.transpose(0, 1, 3, 2)); // B H Q K
        NDArray visible = mask == null ? scores : scores.add(mask);
        return visible.softmax(-1).matMul(value);
    }
}
