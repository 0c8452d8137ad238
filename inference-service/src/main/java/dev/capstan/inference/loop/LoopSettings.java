package dev.capstan.inference.loop;

import java.time.Duration;

/**
 * How patient the request loop is.
 *
 * @param poll longest wait for requests, and thus for noticing that a model is served or that the loop is closed
 * @param backOff wait before a batch that could not be answered for a passing reason is tried again
 * @param timeout longest wait for the broker's answer to one question
 */
public record LoopSettings(Duration poll, Duration backOff, Duration timeout) {
    /** A tenth of a second, half a second, half a minute. */
    public static LoopSettings defaults() {
        return new LoopSettings(Duration.ofMillis(100), Duration.ofMillis(500), Duration.ofSeconds(30));
    }
}
