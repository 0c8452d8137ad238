package dev.capstan.model.text;

import java.util.List;

/**
 * Token sequences of one batch, filled up on the right to the length of the longest. Immutable.
 *
 * <p>The text encoder is causal, so what stands right of a sequence's end has no effect on it.
 */
public final class TokenBatch {
    private final int length;
    private final long[] ids;
    private final int[] lengths;

    private TokenBatch(int length, long[] ids, int[] lengths) {
        this.length = length;
        this.ids = ids;
        this.lengths = lengths;
    }

    /** Lays sequences out; none may be empty. */
    public static TokenBatch of(List<long[]> sequences, long padToken) {
        int length =
                sequences.stream().mapToInt(sequence -> sequence.length).max().orElse(0);
        long[] ids = new long[Math.multiplyExact(sequences.size(), length)];
        int[] lengths = new int[sequences.size()];
        for (int row = 0; row < lengths.length; row++) {
            long[] sequence = sequences.get(row);
            if (sequence.length == 0) {
                throw new IllegalArgumentException("sequence " + row + " is empty");
            }
            lengths[row] = sequence.length;
            for (int column = 0; column < length; column++) {
                ids[row * length + column] = column < sequence.length ? sequence[column] : padToken;
            }
        }
        return new TokenBatch(length, ids, lengths);
    }

    /** The rows without their first tokens; none may be of length one. */
    public TokenBatch withoutFirst() {
        int shorter = length - 1;
        long[] rest = new long[rows() * shorter];
        int[] restLengths = new int[rows()];
        for (int row = 0; row < rows(); row++) {
            System.arraycopy(ids, row * length + 1, rest, row * shorter, shorter);
            restLengths[row] = lengths[row] - 1;
        }
        return new TokenBatch(shorter, rest, restLengths);
    }

    public int rows() {
        return lengths.length;
    }

    /** Tokens of the longest sequence. */
    public int length() {
        return length;
    }

    /** Ids, row by row. A copy. */
    public long[] ids() {
        return ids.clone();
    }

    /** Tokens of a row without what fills it up. */
    public int length(int row) {
        return lengths[row];
    }

    public long id(int row, int column) {
        return ids[row * length + column];
    }

    /** Index into the flattened batch of each row's last token. */
    public long[] lastTokens() {
        long[] positions = new long[lengths.length];
        for (int row = 0; row < positions.length; row++) {
            positions[row] = (long) row * length + lengths[row] - 1;
        }
        return positions;
    }
}
