package dev.capstan.trainer;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;

/**
 * Prepares pairs ahead of the model and hands them out in the order they were read, so that each partition is trained in
 * the order of its offsets.
 *
 * <p>Owned by the trainer thread, which never waits here; only {@link PairPreparer} runs on the workers. What is inside
 * is bounded: the owner stops submitting when {@link #isFull()} and goes on when {@link #hasRoom()}.
 */
final class PairPipeline {
    /** How long a pair rests after it could not be prepared for an outside reason. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final PairPreparer preparer;
    private final ExecutorService workers;
    private final Limits limits;
    private final LongSupplier nanoTime;
    private final Deque<Slot> slots = new ArrayDeque<>();
    private long bytes;

    /**
     * @param pairs full from this many pairs
     * @param bytes full from this many bytes of records
     */
    record Limits(int pairs, long bytes) {
        Limits {
            if (pairs < 1 || bytes < 1) {
                throw new IllegalArgumentException("limits " + pairs + " pairs and " + bytes + " bytes");
            }
        }
    }

    /** A record that left the pipeline, readable or not. */
    record Taken(RawPair raw, Preparation preparation) {
        boolean isReadable() {
            return preparation instanceof Preparation.Ready;
        }
    }

    private static final class Slot {
        final RawPair raw;
        final long submittedAt;
        Future<Preparation> result;
        long retryAt;

        Slot(RawPair raw, Future<Preparation> result, long submittedAt) {
            this.raw = raw;
            this.result = result;
            this.submittedAt = submittedAt;
            this.retryAt = Long.MIN_VALUE;
        }
    }

    /**
     * @param workers run the preparer; not closed here
     * @param nanoTime a steady clock
     */
    PairPipeline(PairPreparer preparer, ExecutorService workers, Limits limits, LongSupplier nanoTime) {
        this.preparer = preparer;
        this.workers = workers;
        this.limits = limits;
        this.nanoTime = nanoTime;
    }

    /** Starts to prepare a record behind those already here. */
    void submit(RawPair raw) {
        slots.addLast(new Slot(raw, start(raw), nanoTime.getAsLong()));
        bytes += raw.bytes();
    }

    /** Whether nothing more should be submitted. */
    boolean isFull() {
        return slots.size() >= limits.pairs() || bytes >= limits.bytes();
    }

    /** Whether enough has left, after it was full, that reading may go on. */
    boolean hasRoom() {
        return slots.size() <= limits.pairs() / 2 && bytes <= limits.bytes() / 2;
    }

    int size() {
        return slots.size();
    }

    long bytes() {
        return bytes;
    }

    /** How many records at the head are done, counted up to a limit. */
    int ready(int limit) {
        int ready = 0;
        for (Slot slot : slots) {
            if (ready == limit || !isReady(slot)) {
                break;
            }
            ready++;
        }
        return ready;
    }

    /** How long the oldest record has waited, or zero if there is none. */
    Duration waited() {
        Slot head = slots.peekFirst();
        return head == null ? Duration.ZERO : Duration.ofNanos(nanoTime.getAsLong() - head.submittedAt);
    }

    /** Takes records that are done, oldest first, at most this many. */
    List<Taken> take(int limit) {
        int count = ready(limit);
        List<Taken> taken = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Slot slot = slots.removeFirst();
            bytes -= slot.raw.bytes();
            taken.add(new Taken(slot.raw, result(slot)));
        }
        return taken;
    }

    /** Drops everything. Work in progress ends on its own and goes nowhere. */
    void clear() {
        slots.forEach(slot -> slot.result.cancel(false));
        slots.clear();
        bytes = 0;
    }

    private Future<Preparation> start(RawPair raw) {
        return workers.submit(() -> preparer.prepare(raw, PairPreparer.FIRST_USE));
    }

    private boolean isReady(Slot slot) {
        if (!slot.result.isDone()) {
            return false;
        }
        if (!(result(slot) instanceof Preparation.Unavailable)) {
            return true;
        }
        long now = nanoTime.getAsLong();
        if (slot.retryAt == Long.MIN_VALUE) {
            slot.retryAt = now + RETRY.toNanos();
        } else if (now - slot.retryAt >= 0) {
            slot.retryAt = Long.MIN_VALUE;
            slot.result = start(slot.raw);
        }
        return false;
    }

    private static Preparation result(Slot slot) {
        try {
            return slot.result.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted at a result that was there: " + slot.raw, e);
        } catch (CancellationException | ExecutionException e) {
            throw new IllegalStateException("Preparing " + slot.raw + " failed", e);
        }
    }
}
