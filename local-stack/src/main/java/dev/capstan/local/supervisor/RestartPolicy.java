package dev.capstan.local.supervisor;

import java.time.Duration;

/**
 * How often, and how fast, a process that died is launched again.
 *
 * @param restartsBeforeReady restarts of a process that has never been ready: it will hardly get better
 * @param restartsInWindow restarts within the window of a process that has been ready
 * @param window how long a restart counts
 * @param firstPause pause before the first restart; doubles with each further one in the window
 * @param longestPause the pause never grows beyond this
 */
public record RestartPolicy(
        int restartsBeforeReady, int restartsInWindow, Duration window, Duration firstPause, Duration longestPause) {
    /** Two attempts more for a process that never came up; five restarts in five minutes for one that did. */
    public static RestartPolicy standard() {
        return new RestartPolicy(2, 5, Duration.ofMinutes(5), Duration.ofMillis(500), Duration.ofSeconds(10));
    }

    /** The pause before a restart when {@code earlier} restarts lie in the window. */
    Duration pauseAfter(int earlier) {
        Duration pause = firstPause.multipliedBy(1L << Math.min(earlier, 20));
        return pause.compareTo(longestPause) > 0 ? longestPause : pause;
    }
}
