package dev.capstan.trainer;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Keeps scoring within its share of the time: what was overspent is waited for. Owned by the trainer thread. */
final class EvaluationBudget {
    private final double share;
    private final LongSupplier nanoTime;
    private final long begun;
    private long spent;

    /** @param share part of the time since now that may be spent; the first spending is always allowed */
    EvaluationBudget(double share, LongSupplier nanoTime) {
        this.share = share;
        this.nanoTime = nanoTime;
        this.begun = nanoTime.getAsLong();
    }

    boolean allows() {
        return spent == 0 || spent <= share * (nanoTime.getAsLong() - begun);
    }

    void spend(Duration duration) {
        spent += duration.toNanos();
    }
}
