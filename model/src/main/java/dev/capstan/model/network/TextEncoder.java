package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import dev.capstan.model.text.TokenBatch;

/** Turns texts into vectors. Stateless; the weights are under {@code clip.}. Legend: N batch, E shared space. */
public interface TextEncoder {
    /**
     * @return N x E, not normalised
     * @throws IllegalArgumentException if a text is longer than the context
     */
    NDArray forward(Weights weights, TokenBatch tokens);
}
