package dev.capstan.local.audit;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Percentiles of non-negative durations in bounded memory: exact to the millisecond below 65,536 ms, and to one part in
 * 32,768 above. At most 12 MB, whatever the number of values. Not thread-safe.
 */
final class Percentiles {
    private static final int EXACT_BITS = 16;
    private static final int EXACT = 1 << EXACT_BITS;
    private static final int STEPS_PER_DOUBLING = EXACT / 2;
    private static final int DOUBLINGS = Long.SIZE - 1 - EXACT_BITS;

    private final long[] exact = new long[EXACT];
    private final long[] @Nullable [] coarse = new long[DOUBLINGS][];
    private long count;

    /** Adds a duration; one below zero, which only clocks that disagree can give, counts as zero. */
    void add(long millis) {
        long value = Math.max(0, millis);
        count++;
        if (value < EXACT) {
            exact[(int) value]++;
            return;
        }
        int doubling = doublingOf(value);
        long[] steps = coarse[doubling];
        if (steps == null) {
            steps = new long[STEPS_PER_DOUBLING];
            coarse[doubling] = steps;
        }
        steps[(int) (value >> (doubling + 1)) - STEPS_PER_DOUBLING]++;
    }

    long count() {
        return count;
    }

    /**
     * The smallest value such that at least this share of all values is not larger; empty if there are none.
     *
     * @param share 0 to 1
     */
    OptionalLong at(double share) {
        if (count == 0) {
            return OptionalLong.empty();
        }
        long rank = Math.max(1, (long) Math.ceil(share * count));
        long seen = 0;
        for (int value = 0; value < EXACT; value++) {
            seen += exact[value];
            if (seen >= rank) {
                return OptionalLong.of(value);
            }
        }
        for (int doubling = 0; doubling < DOUBLINGS; doubling++) {
            long[] steps = coarse[doubling];
            for (int step = 0; steps != null && step < STEPS_PER_DOUBLING; step++) {
                seen += steps[step];
                if (seen >= rank) {
                    return OptionalLong.of((long) (step + STEPS_PER_DOUBLING) << (doubling + 1));
                }
            }
        }
        throw new IllegalStateException("rank " + rank + " of " + count + " values, of which " + seen + " were found");
    }

    private static int doublingOf(long value) {
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(value) - EXACT_BITS;
    }
}
