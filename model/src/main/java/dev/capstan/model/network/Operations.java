package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;

/** The engine's fused operations under the names that papers use. Each is one native call. */
final class Operations {
    private static final float NORM_EPSILON = 1e-5f;
    /** PyTorch's 0.1, which DJL counts from the other side. */
    private static final float BATCH_NORM_MOMENTUM = 0.9f;
    /** The engine's batch norm has its channels at axis 1; any other value makes DJL swap axes around it. */
    private static final int ENGINE_CHANNEL_AXIS = -1;

    private Operations() {}

    /** NCHW -> NCHW, without bias. */
    static NDArray convolution(NDArray x, NDArray weight, int stride, int padding) {
        return Conv2d.conv2d(x, weight, null, new Shape(stride, stride), new Shape(padding, padding))
                .singletonOrThrow();
    }

    /** NCHW -> NCHW. */
    static NDArray convolution(NDArray x, NDArray weight, NDArray bias, int stride, int padding) {
        return Conv2d.conv2d(x, weight, bias, new Shape(stride, stride), new Shape(padding, padding))
                .singletonOrThrow();
    }

    /** NCHW -> NCHW, with bias. */
    static NDArray convolution(NDArray x, Weights weights, int stride, int padding) {
        return convolution(x, weights.get("weight"), weights.get("bias"), stride, padding);
    }

    static NDArray maxPool(NDArray x, int side, int stride, int padding) {
        return x.getNDArrayInternal()
                .maxPool(new Shape(side, side), new Shape(stride, stride), new Shape(padding, padding), false);
    }

    /** Windows that reach over the edge count too, by what of them is inside. */
    static NDArray averagePoolOfWhole(NDArray x, int side) {
        Shape window = new Shape(side, side);
        return x.getNDArrayInternal().avgPool(window, window, new Shape(0, 0), true, false);
    }

    static NDArray averagePool(NDArray x, int side) {
        Shape window = new Shape(side, side);
        return x.getNDArrayInternal().avgPool(window, window, new Shape(0, 0), false, true);
    }

    /**
     * @param training whether the batch's own statistics are used, and the running ones (which change) follow them
     */
    static NDArray batchNorm(NDArray x, Weights weights, boolean training) {
        return BatchNorm.batchNorm(
                        x,
                        weights.get("running_mean"),
                        weights.get("running_var"),
                        weights.get("weight"),
                        weights.get("bias"),
                        ENGINE_CHANNEL_AXIS,
                        BATCH_NORM_MOMENTUM,
                        NORM_EPSILON,
                        training)
                .singletonOrThrow();
    }

    static NDArray relu(NDArray x) {
        return x.getNDArrayInternal().relu();
    }

    /** Zeroes entries with a probability and scales up the rest. */
    static NDArray dropout(NDArray x, float rate) {
        return Dropout.dropout(x, rate, true).singletonOrThrow();
    }

    static NDArray layerNorm(NDArray x, Weights weights) {
        return layerNorm(x, weights, NORM_EPSILON);
    }

    static NDArray layerNorm(NDArray x, Weights weights, float epsilon) {
        Shape width = new Shape(x.getShape().tail());
        return LayerNorm.layerNorm(x, width, weights.get("weight"), weights.get("bias"), epsilon)
                .singletonOrThrow();
    }

    /** PyTorch's layout: weight is outputs x inputs. */
    static NDArray linear(NDArray x, Weights weights) {
        return linear(x, weights.get("weight"), weights.get("bias"));
    }

    /** GPT-2's layout: weight is inputs x outputs. */
    static NDArray conv1d(NDArray x, Weights weights) {
        return linear(x, weights.get("weight").transpose(), weights.get("bias"));
    }

    static NDArray linear(NDArray x, NDArray weight, NDArray bias) {
        return Linear.linear(x, weight, bias).singletonOrThrow();
    }

    /** Without bias. */
    static NDArray linear(NDArray x, NDArray weight) {
        return Linear.linear(x, weight).singletonOrThrow();
    }

    /**
     * Rows of a matrix by their numbers: token embeddings, or picked positions. The gradient is a dense scatter.
     *
     * @param table R x D
     * @param indices int64, any shape
     * @return shape of the indices x D
     */
    static NDArray rows(NDArray table, NDArray indices) {
        return Embedding.embedding(indices, table, SparseFormat.DENSE).singletonOrThrow();
    }

    /** N x L x D -> N x 1 x D, without a copy. */
    static NDArray firstToken(NDArray x) {
        return x.get(new NDIndex().addAllDim().addSliceDim(0, 1));
    }

    /** N x 1+L x D -> N x L x D, without a copy. */
    static NDArray withoutFirstToken(NDArray x) {
        long length = x.getShape().get(1);
        return x.get(new NDIndex().addAllDim().addSliceDim(1, length));
    }

    /** N x L x D -> N x D. */
    static NDArray lastToken(NDArray x) {
        long length = x.getShape().get(1);
        return x.get(new NDIndex().addAllDim().addSliceDim(length - 1, length)).squeeze(1);
    }

    /** Rows of a matrix from one up to another, without a copy. */
    static NDArray rows(NDArray table, int from, int to) {
        return table.get(new NDIndex().addSliceDim(from, to));
    }

    /** x / sqrt(mean(x^2) + epsilon) * weight, over the last dimension (arXiv 1910.07467). */
    static NDArray rmsNorm(NDArray x, NDArray weight, float epsilon, Constants constants) {
        NDArray meanSquare = x.mul(x).mean(new int[] {-1}, true);
        return x.div(meanSquare.add(constants.scalar(epsilon)).sqrt()).mul(weight);
    }
}
