package dev.capstan.local.audit;

import java.nio.charset.StandardCharsets;

/**
 * How often each of many requests was answered, in 9 to 18 bytes a request: ids are kept as 64-bit hashes. Two of a
 * million ids collide with a probability of one in thirty million. Not thread-safe.
 */
final class AnswerCounts {
    private static final int FIRST_CAPACITY = 1 << 10;
    private static final int REFUSED = 1 << 7;
    private static final int MOST_ANSWERS = REFUSED - 1;

    private long[] hashes = new long[FIRST_CAPACITY];
    private byte[] counts = new byte[FIRST_CAPACITY];
    private int size;

    /** Notes that a request was asked; true if it was not known. */
    boolean ask(String requestId) {
        if (size * 4 >= hashes.length * 3) {
            grow();
        }
        long hash = hash(requestId);
        int slot = slot(hashes, hash);
        if (hashes[slot] == hash) {
            return false;
        }
        hashes[slot] = hash;
        size++;
        return true;
    }

    boolean isAsked(String requestId) {
        long hash = hash(requestId);
        return hashes[slot(hashes, hash)] == hash;
    }

    /** Notes an answer to a request that was asked; returns how many it has now, at most 127. */
    int answer(String requestId) {
        int slot = askedSlot(requestId);
        int answers = Math.min(MOST_ANSWERS, (counts[slot] & MOST_ANSWERS) + 1);
        counts[slot] = (byte) ((counts[slot] & REFUSED) | answers);
        return answers;
    }

    /** Notes a refusal of a request that was asked; true if it is the first. */
    boolean refuse(String requestId) {
        int slot = askedSlot(requestId);
        boolean first = (counts[slot] & REFUSED) == 0;
        counts[slot] |= (byte) REFUSED;
        return first;
    }

    /** How many were asked. */
    int asked() {
        return size;
    }

    private int askedSlot(String requestId) {
        long hash = hash(requestId);
        int slot = slot(hashes, hash);
        if (hashes[slot] != hash) {
            throw new IllegalStateException("request " + requestId + " was not asked");
        }
        return slot;
    }

    private void grow() {
        long[] largerHashes = new long[hashes.length * 2];
        byte[] largerCounts = new byte[hashes.length * 2];
        for (int i = 0; i < hashes.length; i++) {
            if (hashes[i] != 0) {
                int slot = slot(largerHashes, hashes[i]);
                largerHashes[slot] = hashes[i];
                largerCounts[slot] = counts[i];
            }
        }
        hashes = largerHashes;
        counts = largerCounts;
    }

    private static int slot(long[] table, long hash) {
        int mask = table.length - 1;
        int slot = (int) hash & mask;
        while (table[slot] != 0 && table[slot] != hash) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    /** FNV-1a over the UTF-8 bytes, then the finaliser of SplitMix64; never 0, which marks a free slot. */
    private static long hash(String requestId) {
        long hash = 0xcbf29ce484222325L;
        for (byte octet : requestId.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (octet & 0xff)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
        hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
        hash ^= hash >>> 31;
        return hash == 0 ? 1 : hash;
    }
}
