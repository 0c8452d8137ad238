package dev.capstan.platform;

import java.time.Duration;
import java.time.Instant;

/** How old things are whose times others have written: clocks differ, and some were never set. */
public final class Ages {
    /** What is older counts as this old: a hundred thousand such ages in nanoseconds can be added before a long overflows. */
    public static final Duration OLDEST = Duration.ofDays(1);

    private Ages() {}

    /** From then to now: not below zero, and not above {@link #OLDEST}, whatever the times are. */
    public static Duration between(Instant then, Instant now) {
        Duration age = Duration.between(then, now);
        if (age.isNegative()) {
            return Duration.ZERO;
        }
        return age.compareTo(OLDEST) > 0 ? OLDEST : age;
    }
}
