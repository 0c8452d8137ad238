package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/** The walk through a decoder's blocks that all language models share. Legend: B batch, L positions, D width. */
record DecoderLayers(int layers, int contextLength, Constants constants) {
    /** One block. */
    @FunctionalInterface
    interface Block {
        NDArray forward(int layer, NDArray x, @Nullable NDArray mask);
    }

    /**
     * Positions before the first of these embeddings.
     *
     * @throws IllegalArgumentException if the context is too short
     */
    int checkedPast(NDArray embeddings, @Nullable KeyValueCache cache) {
        int length = (int) embeddings.getShape().get(1);
        int past = cache == null ? 0 : cache.length();
        if (past + length > contextLength) {
            throw new IllegalArgumentException(past + length + " positions for a context of " + contextLength);
        }
        return past;
    }

    /** B x L x D -> B x L x D. */
    NDArray forward(NDArray embeddings, @Nullable KeyValueCache cache, Block block) {
        int length = (int) embeddings.getShape().get(1);
        NDArray mask = length == 1 ? null : constants.causalMask(length, checkedPast(embeddings, cache));
        NDArray x = embeddings;
        for (int layer = 0; layer < layers; layer++) {
            NDArray input = x;
            int number = layer;
            // A cache keeps arrays of the block alive, so only a pass without one may free them here.
            x = cache == null
                    ? Scopes.within(() -> block.forward(number, input, mask))
                    : block.forward(number, input, mask);
        }
        return x;
    }
}
