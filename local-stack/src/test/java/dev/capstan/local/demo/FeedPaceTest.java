package dev.capstan.local.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.capstan.local.demo.FeedPace.Observation;
import org.junit.jupiter.api.Test;

class FeedPaceTest {
    private final FeedPace pace = new FeedPace(100, 400);
    private double seconds;
    private double admitted;
    private double trained;

    @Test
    void shouldKeepItsFirstRateUntilSomethingWasLearnt() {
        observe(0, 0);

        assertThat(pace.pairsPerSecond()).isBetween(100.0, 150.0);
    }

    @Test
    void shouldSettleAtTheSpeedOfTheTrainerWithTheWantedBacklog() {
        for (int i = 0; i < 300; i++) {
            double fed = pace.pairsPerSecond();
            observe(fed, Math.min(250, admitted - trained + fed));
        }

        assertThat(pace.pairsPerSecond()).isCloseTo(250, within(10.0));
        assertThat(admitted - trained).isBetween(0.5 * FeedPace.WANTED_BACKLOG, 1.5 * FeedPace.WANTED_BACKLOG);
    }

    @Test
    void shouldNeverExceedItsFastestRate() {
        for (int i = 0; i < 300; i++) {
            double fed = pace.pairsPerSecond();
            observe(fed, fed);
        }

        assertThat(pace.pairsPerSecond()).isEqualTo(400);
    }

    @Test
    void shouldAllButStopWhileFarTooManyPairsWait() {
        observe(100, 100);
        observe(5000, 100);

        assertThat(pace.pairsPerSecond()).isLessThan(20);
    }

    @Test
    void shouldGoOnWhereACounterStartsAgainFromZero() {
        observe(1000, 500);
        admitted = 0;
        trained = 0;
        observe(200, 100);

        // 1,200 were admitted and 600 learnt in all, so the backlog is nearly the wanted one.
        assertThat(pace.pairsPerSecond()).isBetween(100.0, 250.0);
    }

    @Test
    void shouldKeepItsRateWhileACounterIsUnknown() {
        pace.observe(new Observation(1, 1, Double.NaN, 5));

        assertThat(pace.pairsPerSecond()).isEqualTo(100);
    }

    @Test
    void shouldPauseAboveALongLagUntilItHasShrunk() {
        pace.observe(new Observation(1, 31, Double.NaN, Double.NaN));
        double atLongLag = pace.pairsPerSecond();
        pace.observe(new Observation(2, 24, Double.NaN, Double.NaN));
        double whileShrinking = pace.pairsPerSecond();
        pace.observe(new Observation(3, 10, Double.NaN, Double.NaN));
        double afterwards = pace.pairsPerSecond();

        assertThat(atLongLag).isZero();
        assertThat(whileShrinking).isZero();
        assertThat(afterwards).isPositive();
    }

    /** A second later so many more pairs were admitted, and so many more learnt. */
    private void observe(double newlyAdmitted, double newlyTrained) {
        seconds++;
        admitted += newlyAdmitted;
        trained += newlyTrained;
        pace.observe(new Observation(seconds, 5, admitted, trained));
    }
}
