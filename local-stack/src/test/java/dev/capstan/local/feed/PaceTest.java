package dev.capstan.local.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PaceTest {
    private final AtomicLong time = new AtomicLong(1_000_000);

    @Test
    void shouldSpreadPairsEvenly() {
        Pace pace = new Pace(4, time::get);

        assertThat(pace.next()).isZero();
        assertThat(pace.next()).isEqualTo(Duration.ofMillis(250));
        time.addAndGet(250_000_000);
        assertThat(pace.next()).isZero();
        assertThat(pace.next()).isEqualTo(Duration.ofMillis(250));
    }

    @Test
    void shouldMakeUpForASecondAtMost() {
        Pace pace = new Pace(10, time::get);
        time.addAndGet(Duration.ofHours(1).toNanos());

        int atOnce = 0;
        while (pace.next().isZero()) {
            atOnce++;
        }

        assertThat(atOnce).isEqualTo(11);
    }

    @Test
    void shouldNotWaitWithoutARate() {
        Pace pace = new Pace(0, time::get);

        assertThat(pace.next()).isZero();
        assertThat(pace.next()).isZero();
    }
}
