package dev.capstan.local.demo;

import dev.capstan.corpora.SampleFeed;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Streams samples at a pace that others set. Runs on a thread of its own until {@link #stop}; everything else may be called
 * from any thread.
 */
final class CrawlFeed implements Runnable {
    private static final long LONGEST_SLEEP_MILLIS = 100;

    /** A feed that was slow for a while does not make up for more than this. */
    private static final double MOST_ARREARS_SECONDS = 0.5;

    private final SampleFeed samples;
    private final PairWriter writer;
    private final Clock clock;
    private final AtomicReference<Instant> startedAt = new AtomicReference<>();
    private volatile double pairsPerSecond;
    private volatile boolean newConceptsWanted;
    private volatile boolean stopped;
    private volatile int phase;
    private volatile @Nullable RuntimeException failure;

    CrawlFeed(SampleFeed samples, PairWriter writer, Clock clock, double pairsPerSecond) {
        this.samples = samples;
        this.writer = writer;
        this.clock = clock;
        this.pairsPerSecond = pairsPerSecond;
    }

    @Override
    public void run() {
        try {
            stream();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            if (!stopped) {
                failure = e;
            }
        }
    }

    /** Sets the rate; 0 pauses. */
    void pace(double wanted) {
        pairsPerSecond = wanted;
    }

    /** Lets the new concepts begin. */
    void bringNewConcepts() {
        newConceptsWanted = true;
    }

    void stop() {
        stopped = true;
    }

    /** When the first pair was fed, or null before. */
    @Nullable
    Instant startedAt() {
        return startedAt.get();
    }

    /** Whether new concepts are among what is fed. */
    boolean bringsNewConcepts() {
        return phase > 0;
    }

    /** What ended the feed, or null. */
    @Nullable
    RuntimeException failure() {
        return failure;
    }

    private void stream() throws InterruptedException {
        double due = 0;
        long before = System.nanoTime();
        while (!stopped) {
            if (newConceptsWanted && phase == 0) {
                samples.endPhase();
                phase = samples.phase();
            }
            long now = System.nanoTime();
            double rate = pairsPerSecond;
            due = Math.min(due + rate * (now - before) / 1e9, Math.max(1, rate * MOST_ARREARS_SECONDS));
            before = now;
            if (due < 1) {
                TimeUnit.MILLISECONDS.sleep(rate > 0 ? Math.min(LONGEST_SLEEP_MILLIS, (long) (1000 / rate) + 1) : 50);
                continue;
            }
            writer.write(samples.next());
            startedAt.compareAndSet(null, clock.instant());
            due--;
        }
    }
}
