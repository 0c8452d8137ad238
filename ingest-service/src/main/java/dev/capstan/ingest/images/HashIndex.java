package dev.capstan.ingest.images;

import java.util.Arrays;
import java.util.OptionalLong;
import java.util.function.LongPredicate;

/**
 * The latest hashes, searched by Hamming distance. The 64 bits are cut into more bands than bits may differ, so of two hashes
 * within the distance at least one band is equal (the pigeonhole principle): nothing within the distance is missed. Each
 * band's hashes of one value form a chain from the newest to the oldest, and a search walks one chain a band.
 *
 * <p>Entries are numbered from 0 in the order in which they come; the newest {@code capacity} are kept. A chain's link to an
 * entry that is no longer kept ends the chain, so that nothing is ever unlinked. A search costs at most one look at each
 * kept entry a band, which happens if all are alike. Memory: {@code capacity * (8 + 8 * bands)} bytes, and half a megabyte a
 * band at most. Not thread-safe.
 */
public final class HashIndex {
    private static final int LEAST_BANDS = 4;
    private static final long NONE = -1;

    private final int capacity;
    private final int maxDistance;
    private final int bands;
    private final int[] shifts;
    private final int[] masks;
    private final long[] hashes;
    private final long[][] heads;
    private final long[][] links;
    private long size;

    /**
     * @param capacity entries that are kept, positive
     * @param maxDistance most bits in which what is found differs, 0 to 15
     */
    public HashIndex(int capacity, int maxDistance) {
        if (capacity < 1 || maxDistance < 0 || maxDistance > 15) {
            throw new IllegalArgumentException(
                    "capacity " + capacity + " must be positive, maxDistance " + maxDistance + " from 0 to 15");
        }
        this.capacity = capacity;
        this.maxDistance = maxDistance;
        this.bands = Math.max(LEAST_BANDS, maxDistance + 1);
        this.shifts = new int[bands];
        this.masks = new int[bands];
        this.hashes = new long[capacity];
        this.heads = new long[bands][];
        this.links = new long[bands][capacity];
        for (int band = 0; band < bands; band++) {
            int from = Long.SIZE * band / bands;
            int width = Long.SIZE * (band + 1) / bands - from;
            shifts[band] = from;
            masks[band] = (1 << width) - 1;
            heads[band] = new long[1 << width];
            Arrays.fill(heads[band], NONE);
        }
    }

    /** Adds a hash, in the place of the oldest if there is no room. Returns its number. */
    public long add(long hash) {
        long number = size++;
        int slot = slot(number);
        hashes[slot] = hash;
        for (int band = 0; band < bands; band++) {
            int value = value(hash, band);
            links[band][slot] = heads[band][value];
            heads[band][value] = number;
        }
        return number;
    }

    /**
     * The entry that differs least, of several such one; or empty.
     *
     * @param counts whether the entry of this number counts
     */
    public OptionalLong nearest(long hash, LongPredicate counts) {
        long nearest = NONE;
        int least = maxDistance + 1;
        for (int band = 0; band < bands; band++) {
            for (long entry = heads[band][value(hash, band)]; isKept(entry); entry = links[band][slot(entry)]) {
                int distance = distance(hash, hashes[slot(entry)]);
                if (distance < least && counts.test(entry)) {
                    nearest = entry;
                    least = distance;
                }
                if (least == 0) {
                    return OptionalLong.of(nearest);
                }
            }
        }
        return nearest == NONE ? OptionalLong.empty() : OptionalLong.of(nearest);
    }

    /** The hash of a kept entry. */
    public long hash(long number) {
        if (!isKept(number)) {
            throw new IllegalArgumentException(
                    "entry " + number + " is not among the newest " + capacity + " of " + size);
        }
        return hashes[slot(number)];
    }

    /** Where what belongs to an entry stands in an array of the capacity's length. */
    public int slot(long number) {
        return (int) (number % capacity);
    }

    /** How many bits differ. */
    public static int distance(long one, long other) {
        return Long.bitCount(one ^ other);
    }

    private boolean isKept(long number) {
        return number >= 0 && number >= size - capacity;
    }

    private int value(long hash, int band) {
        return (int) (hash >>> shifts[band]) & masks[band];
    }
}
