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

    /**
     * Grouped queries: G heads of keys and values, each read by H/G query heads that follow each other.
     *
     * @param query B x H x Q x W
     * @param key B x G x K x W
     * @param value B x G x K x W
     * @param mask Q x K, added to the scores; null where every query sees every key
     * @return B x H x Q x W
     */
    static NDArray attendGrouped(
            NDArray query, NDArray key, NDArray value, @Nullable NDArray mask, Constants constants) {
        Shape shape = query.getShape();
        long groups = key.getShape().get(1);
        if (shape.get(1) == groups) {
            return attend(query, key, value, mask, constants);
        }
        long batch = shape.get(0);
        long shared = shape.get(1) / groups;
        long queries = shape.get(2);
        long keys = key.getShape().get(2);
        NDArray scaled = query.mul(constants.scalar((float) (1 / Math.sqrt((double) shape.get(3)))))
                .reshape(batch, groups, shared * queries, shape.get(3)); // B H Q W -> B G (H/G*Q) W
        NDArray scores = scaled.matMul(key.transpose(0, 1, 3, 2)).reshape(batch, groups, shared, queries, keys);
        NDArray visible = mask == null ? scores : scores.add(mask);
        NDArray shares = visible.softmax(-1).reshape(batch, groups, shared * queries, keys);
        return shares.matMul(value).reshape(shape);
    }
}
