package dev.capstan.checkpoints;

import java.util.concurrent.atomic.AtomicInteger;

/** Opens fake models and counts how many were opened and closed. */
final class ModelCounter {
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();

    FakeModel open(long version) {
        opened.incrementAndGet();
        return new FakeModel(version, closed);
    }

    int opened() {
        return opened.get();
    }

    int closed() {
        return closed.get();
    }

    int alive() {
        return opened() - closed();
    }
}
