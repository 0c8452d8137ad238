package dev.capstan.corpora;

/**
 * A keyed shuffle of 0 to size - 1 of which any position is computed on its own, without a table: four Feistel rounds,
 * walked until the value falls inside the size.
 */
final class Permutation {

    private static final int ROUNDS = 4;

    private final int size;
    private final long key;
    private final int halfBits;
    private final int halfMask;

    Permutation(int size, long key) {
        if (size < 1) {
            throw new IllegalArgumentException("nothing to shuffle: " + size);
        }
        this.size = size;
        this.key = key;
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(size - 1);
        this.halfBits = Math.max(1, (bits + 1) / 2);
        this.halfMask = (1 << halfBits) - 1;
    }

    int at(int position) {
        long value = position;
        do {
            value = shuffled(value);
        } while (value >= size);
        return (int) value;
    }

    private long shuffled(long value) {
        int left = (int) (value >>> halfBits);
        int right = (int) (value & halfMask);
        for (int round = 0; round < ROUNDS; round++) {
            int next = left ^ ((int) Seeds.mix(key, round, right) & halfMask);
            left = right;
            right = next;
        }
        return ((long) left << halfBits) | right;
    }
}
