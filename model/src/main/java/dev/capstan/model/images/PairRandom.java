package dev.capstan.model.images;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Chance as a function of a pair and a step, so that a step that is trained again sees the same pictures. */
public final class PairRandom {
    /** FNV-1a, 64 bits. */
    private static final long OFFSET_BASIS = 0xcbf29ce484222325L;

    private static final long PRIME = 0x100000001b3L;

    private PairRandom() {}

    /** A generator that depends on the pair's id and the step only. */
    public static RandomGenerator of(String pairId, long step) {
        long hash = OFFSET_BASIS;
        for (byte unit : pairId.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (unit & 0xff)) * PRIME;
        }
        return new SplittableRandom(hash ^ (step * 0x9e3779b97f4a7c15L));
    }
}
