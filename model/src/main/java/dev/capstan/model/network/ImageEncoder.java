package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;

/**
 * Turns pictures into vectors. Stateless; the weights are under {@code clip.visual.}.
 *
 * <p>Legend: N batch, H W height and width, C channels, L positions of the feature grid, D features, E shared space.
 */
public interface ImageEncoder {
    /**
     * @param pixels N x H x W x C, normalised. Channels last: the engine's convolutions are then much faster on
     *     processors.
     * @param training whether batch norms use the batch's own statistics and move the running ones
     */
    Features forward(Weights weights, NDArray pixels, boolean training);

    /**
     * What an image became.
     *
     * @param embedding N x E, in the space shared with texts, not normalised
     * @param pooled N x D, what the encoder pools before the projection to that space: what a linear probe reads
     * @param grid N x L x D, the last feature grid, without a class token
     */
    record Features(NDArray embedding, NDArray pooled, NDArray grid) {
        /** The same values outside the graph: nothing that is computed from them reaches the encoder's weights. */
        public Features detached() {
            return new Features(embedding.stopGradient(), pooled.stopGradient(), grid.stopGradient());
        }

        /** The first images' features. */
        public Features first(int count) {
            return new Features(
                    Operations.rows(embedding, 0, count),
                    Operations.rows(pooled, 0, count),
                    Operations.rows(grid, 0, count));
        }
    }
}
