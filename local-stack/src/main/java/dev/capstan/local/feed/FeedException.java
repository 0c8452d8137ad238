package dev.capstan.local.feed;

import org.jspecify.annotations.Nullable;

/** A feed cannot go on; what it committed stays, and it goes on from there when it is started again. */
public final class FeedException extends RuntimeException {
    private final boolean refused;

    private FeedException(String message, boolean refused, @Nullable Throwable cause) {
        super(message, cause);
        this.refused = refused;
    }

    /** Somebody has to decide something first. */
    static FeedException refused(String message) {
        return new FeedException(message, true, null);
    }

    /** It may work another time. */
    static FeedException failed(String message, Throwable cause) {
        return new FeedException(message, false, cause);
    }

    /** Whether to start it again without a change is of no use. */
    public boolean isRefused() {
        return refused;
    }
}
