package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * A decoder-only language model. It reads embeddings rather than tokens, so that a soft prompt can stand among them;
 * gradients flow to them. Stateless but for constants; the weights are under {@code language_model.}.
 *
 * <p>Legend: B batch, L positions, D width, V vocabulary.
 */
public interface LanguageModel {
    /**
     * Token embeddings, without positions.
     *
     * @param ids int64, B x L
     * @return B x L x D
     */
    NDArray embed(Weights weights, NDArray ids);

    /**
     * @param embeddings B x L x D, at the positions after those that the cache holds
     * @param cache read and extended; null to read a whole text at once
     * @return B x L x D, after the last norm
     * @throws IllegalArgumentException if the context is too short
     */
    NDArray forward(Weights weights, NDArray embeddings, @Nullable KeyValueCache cache);

    /**
     * @param hidden ... x D
     * @return ... x V
     */
    NDArray logits(Weights weights, NDArray hidden);
}
