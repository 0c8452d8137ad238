package dev.capstan.trainer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The held-out pairs that checkpoints are scored on: the newest, but exchanged slowly, so that a checkpoint and the one
 * before it are scored on nearly the same pairs and a difference is the weights'.
 *
 * <p>Offered to by the feed's thread and read by the trainer thread; a lock guards both.
 */
final class HeldoutSample {
    /** Part of a full sample that one refresh may exchange. */
    private static final int TURNOVER = 8;

    private final int capacity;
    private final Deque<LearningPair> waiting = new ArrayDeque<>();
    private final Deque<LearningPair> sample = new ArrayDeque<>();

    /** @param capacity pairs that are scored at most */
    HeldoutSample(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity " + capacity);
        }
        this.capacity = capacity;
    }

    /** Takes a pair that was read; the newest are kept. */
    synchronized void offer(LearningPair pair) {
        waiting.addLast(pair);
        if (waiting.size() > capacity) {
            waiting.removeFirst();
        }
    }

    /** Fills the sample from what was offered, or exchanges an eighth of a full one, and returns it, oldest first. */
    synchronized List<LearningPair> refresh() {
        int missing = capacity - sample.size();
        int admitted = Math.min(waiting.size(), Math.max(missing, Math.max(1, capacity / TURNOVER)));
        while (waiting.size() > admitted) {
            waiting.removeFirst();
        }
        sample.addAll(waiting);
        waiting.clear();
        while (sample.size() > capacity) {
            sample.removeFirst();
        }
        return new ArrayList<>(sample);
    }
}
