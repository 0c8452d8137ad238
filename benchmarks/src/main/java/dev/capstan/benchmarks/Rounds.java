package dev.capstan.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * CPU seconds of the thread that computes, ascending, so that a busy machine counts less. Needs one thread of the engine
 * (OMP_NUM_THREADS=1), or the others' work is not counted.
 */
@SuppressWarnings("ArrayRecordComponent") // never leaves the benchmarks
record Rounds(double[] seconds) {
    static final double NANOSECONDS = 1e9;
    private static final int WARM_UP = 3;

    /** Measures work whose result is read, so that it is done. */
    static Rounds of(int rounds, Supplier<NDArray> work) {
        double[] seconds = new double[rounds];
        for (int round = -WARM_UP; round < rounds; round++) {
            long start = threadNanoseconds();
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                work.get().toFloatArray();
            }
            if (round >= 0) {
                seconds[round] = (threadNanoseconds() - start) / NANOSECONDS;
            }
        }
        Arrays.sort(seconds);
        return new Rounds(seconds);
    }

    void report(String what, int batch) {
        System.out.printf(
                Locale.ROOT,
                "%s: batch %d, %d rounds, least %.4f s, median %.4f s%n",
                what,
                batch,
                seconds.length,
                seconds[0],
                seconds[seconds.length / 2]);
    }

    static long threadNanoseconds() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
