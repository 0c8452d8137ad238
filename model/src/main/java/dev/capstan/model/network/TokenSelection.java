package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.text.TokenBatch;

/**
 * The cross entropy of the tokens that count, computed at their positions alone: the vocabulary is the widest matrix of a
 * small language model, and what fills up a batch would waste it.
 *
 * <p>Legend: N rows, L positions read, D width, M tokens that count, V vocabulary.
 */
public final class TokenSelection {
    private TokenSelection() {}

    /** What a model reads to predict a batch of tokens: all but each row's last column. */
    public static long[] allButLast(TokenBatch tokens) {
        int kept = tokens.length() - 1;
        long[] ids = new long[tokens.rows() * kept];
        for (int row = 0; row < tokens.rows(); row++) {
            for (int column = 0; column < kept; column++) {
                ids[row * kept + column] = tokens.id(row, column);
            }
        }
        return ids;
    }

    /**
     * Mean cross entropy, in nats a token, of every token but what fills up the rows.
     *
     * @param hidden N x L x D
     * @param offset position of the hidden state that predicts each row's first token
     */
    public static NDArray crossEntropy(
            LanguageModel model, Weights weights, Constants constants, NDArray hidden, TokenBatch tokens, int offset) {
        long length = hidden.getShape().get(1);
        int count = 0;
        for (int row = 0; row < tokens.rows(); row++) {
            count += tokens.length(row);
        }
        long[] positions = new long[count];
        long[] targets = new long[count];
        int next = 0;
        for (int row = 0; row < tokens.rows(); row++) {
            for (int column = 0; column < tokens.length(row); column++) {
                positions[next] = row * length + offset + column;
                targets[next] = tokens.id(row, column);
                next++;
            }
        }
        NDArray flat = hidden.reshape(-1, hidden.getShape().get(2));
        NDArray picked = Operations.rows(flat, constants.manager().create(positions)); // M D
        NDArray logProbabilities = model.logits(weights, picked).logSoftmax(-1); // M V
        NDArray ofTargets = logProbabilities.gather(constants.manager().create(targets, new Shape(count, 1)), 1); // M 1
        return ofTargets.mean().neg();
    }
}
