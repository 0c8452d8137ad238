package dev.capstan.local.demo;

import dev.capstan.local.stack.LocalStack;
import dev.capstan.local.stack.ResidentMemory;
import dev.capstan.local.supervisor.ProcessStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Resident memory of the demo's processes over time. The series is thinned by half whenever it is full, so that it stays
 * even and bounded. Safe for use by several threads.
 */
final class MemoryLog {
    private static final int MOST_SAMPLES = 240;
    private static final long MEBIBYTE = 1024 * 1024;

    private final SortedMap<String, Long> peaks = new TreeMap<>();
    private final List<Long> totals = new ArrayList<>();
    private long latestTotal;
    private int every = 1;
    private int skipped;

    /** Measures this process and those of the stack. */
    void sample(LocalStack stack) {
        SortedMap<String, Long> now = new TreeMap<>();
        put(now, "capstan", ProcessHandle.current().pid());
        for (ProcessStatus status : stack.statuses()) {
            if (status.pid().isPresent()) {
                put(now, status.name(), status.pid().getAsLong());
            }
        }
        add(now);
    }

    synchronized void add(SortedMap<String, Long> mebibytes) {
        latestTotal = mebibytes.values().stream().mapToLong(Long::longValue).sum();
        mebibytes.forEach((name, size) -> peaks.merge(name, size, Math::max));
        peaks.merge("total", latestTotal, Math::max);
        if (++skipped < every) {
            return;
        }
        skipped = 0;
        totals.add(latestTotal);
        if (totals.size() >= MOST_SAMPLES) {
            // The newest stays: the next sample is as far from it as the others are from each other.
            for (int i = totals.size() - 2; i >= 0; i -= 2) {
                totals.remove(i);
            }
            every *= 2;
        }
    }

    /** Peak by process, and of the total, in MiB. */
    synchronized SortedMap<String, Long> peaks() {
        return new TreeMap<>(peaks);
    }

    /** The total over time, in MiB, evenly spaced. */
    synchronized List<Long> totals() {
        return List.copyOf(totals);
    }

    synchronized long latestTotal() {
        return latestTotal;
    }

    private static void put(SortedMap<String, Long> sizes, String name, long pid) {
        OptionalLong bytes = ResidentMemory.ofProcess(pid);
        if (bytes.isPresent()) {
            sizes.put(name, bytes.getAsLong() / MEBIBYTE);
        }
    }
}
