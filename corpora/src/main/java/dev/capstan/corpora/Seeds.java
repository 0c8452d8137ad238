package dev.capstan.corpora;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Derives independent random numbers from a seed and coordinates. */
final class Seeds {

    private Seeds() {}

    static long mix(long seed, long... coordinates) {
        long state = mix64(seed);
        for (long coordinate : coordinates) {
            state = mix64((state + 0x9e3779b97f4a7c15L) ^ coordinate);
        }
        return state;
    }

    static RandomGenerator random(long seed, long... coordinates) {
        return new SplittableRandom(mix(seed, coordinates));
    }

    /** The finaliser of MurmurHash3 with the constants of Stafford's variant 13. */
    private static long mix64(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
