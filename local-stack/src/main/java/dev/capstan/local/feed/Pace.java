package dev.capstan.local.feed;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Spreads pairs evenly in time. A feed that was slow for a while makes up for at most a second. One thread. */
final class Pace {
    private static final double NANOS = 1e9;

    private final double perSecond;
    private final LongSupplier nanoTime;
    private double due;

    /** @param perSecond pairs a second; 0 for as many as possible */
    Pace(double perSecond, LongSupplier nanoTime) {
        this.perSecond = perSecond;
        this.nanoTime = nanoTime;
        this.due = nanoTime.getAsLong();
    }

    /** How long the next pair has to wait; zero takes its turn. */
    Duration next() {
        if (perSecond <= 0) {
            return Duration.ZERO;
        }
        double now = nanoTime.getAsLong();
        if (now < due) {
            return Duration.ofNanos((long) Math.ceil(due - now));
        }
        due = Math.max(due, now - NANOS) + NANOS / perSecond;
        return Duration.ZERO;
    }
}
