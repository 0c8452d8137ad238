package dev.capstan.ingest.fetch.web;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of bodies may be in memory at once, from the first byte that arrives to the commit of what it became.
 * Thread-safe.
 */
public final class BufferBudget {
    private final long limit;
    private final AtomicLong used = new AtomicLong();

    public BufferBudget(long limitBytes) {
        this.limit = limitBytes;
    }

    boolean tryReserve(int bytes) {
        if (used.addAndGet(bytes) <= limit) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    /** Gives bytes back. */
    public void release(int bytes) {
        used.addAndGet(-bytes);
    }

    /** Bytes in memory. */
    public long used() {
        return used.get();
    }

    /** Whether so much is used that no further request should begin. */
    public boolean isTight() {
        return used.get() > limit / 2;
    }
}
