package dev.capstan.local.feed;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.OptionalLong;

/** Where the pictures of a WARC file lie, by address: 16 bytes a picture, of which 8 are a digest. Filled, then asked. One thread. */
final class PictureIndex {
    private final int most;
    private long[] digests = new long[1024];
    private long[] places = new long[1024];
    private int size;
    private boolean sorted = true;

    /** @param most further pictures are not remembered */
    PictureIndex(int most) {
        this.most = most;
    }

    void add(String address, long place) {
        if (size == most) {
            return;
        }
        if (size == digests.length) {
            int larger = Math.min(most, 2 * size);
            digests = Arrays.copyOf(digests, larger);
            places = Arrays.copyOf(places, larger);
        }
        digests[size] = digest(address);
        places[size] = place;
        size++;
        sorted = false;
    }

    /** Where a picture may lie; the reader compares the address there. */
    OptionalLong find(String address) {
        sort();
        int index = Arrays.binarySearch(digests, 0, size, digest(address));
        return index < 0 ? OptionalLong.empty() : OptionalLong.of(places[index]);
    }

    private void sort() {
        if (sorted) {
            return;
        }
        Integer[] order = new Integer[size];
        Arrays.setAll(order, index -> index);
        long[] keys = digests;
        Arrays.sort(order, (one, other) -> Long.compare(keys[one], keys[other]));
        long[] sortedDigests = new long[size];
        long[] sortedPlaces = new long[size];
        for (int index = 0; index < size; index++) {
            sortedDigests[index] = digests[order[index]];
            sortedPlaces[index] = places[order[index]];
        }
        digests = sortedDigests;
        places = sortedPlaces;
        sorted = true;
    }

    private static long digest(String address) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(address.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
