package dev.capstan.trainer;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Random numbers as a function of what they are for, so that a run can be repeated and replicas need no agreement. */
final class Seeds {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private Seeds() {}

    /** For choices that belong to a step. */
    static RandomGenerator ofStep(String model, long step) {
        return new SplittableRandom(mix(hash(FNV_OFFSET, model), step));
    }

    /**
     * For choices that belong to one use of a pair.
     *
     * @param draw the step that a pair is drawn again for, or -1 for its first use
     */
    static RandomGenerator ofPair(String model, String pairId, long draw) {
        return new SplittableRandom(mix(hash(hash(FNV_OFFSET, model), pairId), draw));
    }

    private static long hash(long seed, String text) {
        long hash = seed;
        for (byte unit : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (unit & 0xff)) * FNV_PRIME;
        }
        // Texts one after the other must not run together.
        return (hash ^ 0xff) * FNV_PRIME;
    }

    private static long mix(long hash, long number) {
        long mixed = hash + number * 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
