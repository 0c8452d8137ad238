package dev.capstan.local.demo;

/**
 * How fast to feed, so that the trainer is always busy and nothing waits long.
 *
 * <p>The trainer commits its offsets with each checkpoint, so its lag says little between two of them. Its counter of
 * trained pairs and ingest's of admitted ones say how many pairs wait and how fast they are learnt: the feed follows that
 * speed, a little faster while too few wait and a little slower while too many do. More than the trainer can take would
 * only cost it the processor. However that goes, the feed pauses above a lag that no pair should see.
 *
 * <p>Pure; one thread at a time.
 */
final class FeedPace {
    /** Some batches: what waits in the trainer's own queue, and what is under way. */
    static final double WANTED_BACKLOG = 640;

    static final double PAUSE_ABOVE_SECONDS = 30.0;
    static final double RESUME_BELOW_SECONDS = 20.0;

    private static final double SLOWEST = 5;
    /** Share of the newest speed in the average, which spans a checkpoint. */
    private static final double NEWEST = 0.15;

    private final Meter admitted = new Meter();
    private final Meter trained = new Meter();
    private final double fastest;
    private double speed;
    private double pairsPerSecond;
    private double lastSeconds = Double.NaN;
    private boolean paused;

    /**
     * @param start rate to begin with, in pairs a second
     * @param fastest rate that is never exceeded
     */
    FeedPace(double start, double fastest) {
        this.fastest = fastest;
        speed = Math.min(start, fastest);
        pairsPerSecond = speed;
    }

    /**
     * What was measured.
     *
     * @param seconds when, by a steady clock
     * @param lagSeconds age of the oldest pair that is in no checkpoint
     * @param admitted pairs that ingest has put into pairs.curated; NaN while that is unknown
     * @param trained pairs that the trainer has learnt; NaN while that is unknown
     */
    record Observation(double seconds, double lagSeconds, double admitted, double trained) {}

    /** Takes a measurement; about one a second. */
    void observe(Observation seen) {
        paused = seen.lagSeconds() > PAUSE_ABOVE_SECONDS || (paused && seen.lagSeconds() > RESUME_BELOW_SECONDS);
        if (Double.isNaN(seen.admitted()) || Double.isNaN(seen.trained())) {
            return;
        }
        admitted.read(seen.admitted());
        double learnt = trained.read(seen.trained());
        double elapsed = seen.seconds() - lastSeconds;
        lastSeconds = seen.seconds();
        // Before the first pair is learnt the trainer's speed is not known; the first rate stands.
        if (elapsed > 0 && trained.total() > 0) {
            speed += NEWEST * (learnt / elapsed - speed);
        }
        double missing = (WANTED_BACKLOG - Math.max(0, admitted.total() - trained.total())) / WANTED_BACKLOG;
        double correction = Math.min(1.5, Math.max(0.1, 1 + missing / 2));
        pairsPerSecond = Math.min(fastest, Math.max(SLOWEST, speed * correction));
    }

    /** The rate to feed at, 0 while the feed should pause. */
    double pairsPerSecond() {
        return paused ? 0 : pairsPerSecond;
    }

    /** A counter of a process that may start again from zero. */
    private static final class Meter {
        private double total;
        private double last;

        /** @return by how much it grew */
        double read(double value) {
            double grown = value >= last ? value - last : value;
            last = value;
            total += grown;
            return grown;
        }

        double total() {
            return total;
        }
    }
}
