package dev.capstan.local.demo;

/**
 * How fast to feed, so that the trainer is busy and nothing waits long.
 *
 * <p>The trainer commits its offsets with each checkpoint, so between commits its lag grows by itself. Right after a commit
 * it is how long a pair has to wait for its step: that is kept between two bounds by changing the rate. However that goes,
 * the feed pauses above a lag that no pair should see.
 *
 * <p>Pure; one thread at a time.
 */
final class FeedPace {
    static final double SHORT_WAIT_SECONDS = 2.0;
    static final double LONG_WAIT_SECONDS = 5.0;
    static final double PAUSE_ABOVE_SECONDS = 30.0;
    static final double RESUME_BELOW_SECONDS = 20.0;

    private static final double FASTER = 1.25;
    private static final double SLOWER = 0.75;
    private static final double SLOWEST = 5;

    private final double fastest;
    private double pairsPerSecond;
    private long lastCommitted = -1;
    private boolean paused;

    /**
     * @param start rate to begin with, in pairs a second
     * @param fastest rate that is never exceeded
     */
    FeedPace(double start, double fastest) {
        this.fastest = fastest;
        pairsPerSecond = Math.min(start, fastest);
    }

    /**
     * Takes a measurement.
     *
     * @param lagSeconds age of the oldest pair that is in no checkpoint
     * @param committed sum of the trainer's committed offsets
     */
    void observe(double lagSeconds, long committed) {
        paused = lagSeconds > PAUSE_ABOVE_SECONDS || (paused && lagSeconds > RESUME_BELOW_SECONDS);
        boolean afterCommit = lastCommitted >= 0 && committed > lastCommitted;
        lastCommitted = committed;
        if (!afterCommit) {
            return;
        }
        if (lagSeconds < SHORT_WAIT_SECONDS) {
            pairsPerSecond = Math.min(fastest, pairsPerSecond * FASTER);
        } else if (lagSeconds > LONG_WAIT_SECONDS) {
            pairsPerSecond = Math.max(SLOWEST, pairsPerSecond * SLOWER);
        }
    }

    /** The rate to feed at, 0 while the feed should pause. */
    double pairsPerSecond() {
        return paused ? 0 : pairsPerSecond;
    }
}
