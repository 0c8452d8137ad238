package dev.capstan.checkpoints;

import java.util.concurrent.atomic.AtomicInteger;

/** A model that knows its version and fails when it is used or closed after it was closed. */
final class FakeModel implements AutoCloseable {
    private final long version;
    private final AtomicInteger closings;
    private volatile boolean closed;

    FakeModel(long version, AtomicInteger closings) {
        this.version = version;
        this.closings = closings;
    }

    /** The version, if the model still lives. */
    long answer() {
        if (closed) {
            throw new IllegalStateException("Version " + version + " was used after it was freed");
        }
        return version;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        if (closed) {
            throw new IllegalStateException("Version " + version + " was freed twice");
        }
        closed = true;
        closings.incrementAndGet();
    }
}
