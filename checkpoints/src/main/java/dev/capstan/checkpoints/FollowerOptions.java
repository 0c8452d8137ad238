package dev.capstan.checkpoints;

import java.time.Duration;

/**
 * What a follower follows, and how.
 *
 * @param model name of the model
 * @param instance name of this process in reload events
 * @param limits what is accepted from the log
 * @param cacheBytes bytes of tensors kept after a reload, so that those that the next version shares are not fetched
 *     again; 0 keeps none
 * @param firstBackOff wait before a reload that failed for a passing reason is tried again; doubles up to the longest
 * @param longestBackOff longest such wait
 * @param closeTimeout longest wait for a reload in progress when the follower is closed
 */
public record FollowerOptions(
        String model,
        String instance,
        ReadLimits limits,
        long cacheBytes,
        Duration firstBackOff,
        Duration longestBackOff,
        Duration closeTimeout) {
    private static final long DEFAULT_CACHE_BYTES = 256L << 20;

    public FollowerOptions {
        if (model.isBlank() || instance.isBlank()) {
            throw new IllegalArgumentException("A follower needs the name of its model and of its instance");
        }
        if (cacheBytes < 0) {
            throw new IllegalArgumentException("cacheBytes is " + cacheBytes + ", must not be negative");
        }
        if (firstBackOff.isNegative() || firstBackOff.isZero() || longestBackOff.compareTo(firstBackOff) < 0) {
            throw new IllegalArgumentException(
                    "Back-off " + firstBackOff + " to " + longestBackOff + " must be positive and not shrink");
        }
        if (closeTimeout.isNegative()) {
            throw new IllegalArgumentException("closeTimeout is " + closeTimeout + ", must not be negative");
        }
    }

    /** 256 MiB of shared tensors, back-off of one second up to one minute, half a minute to close. */
    public static FollowerOptions of(String model, String instance) {
        return new FollowerOptions(
                model,
                instance,
                ReadLimits.defaults(),
                DEFAULT_CACHE_BYTES,
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                Duration.ofSeconds(30));
    }
}
