package dev.capstan.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MemoryLogTest {
    private static final int MOST_SAMPLES = 240;

    private final MemoryLog log = new MemoryLog();

    @Test
    void shouldKeepThePeakOfEachProcessAndOfTheTotal() {
        add(100, 10);
        add(50, 80);
        add(60, 20);

        assertThat(log.peaks()).isEqualTo(new TreeMap<>(Map.of("broker", 100L, "trainer", 80L, "total", 130L)));
        assertThat(log.totals()).containsExactly(110L, 130L, 80L);
        assertThat(log.latestTotal()).isEqualTo(80);
    }

    @Test
    void shouldStayBoundedAndEvenlySpaced() {
        for (int i = 0; i < 5000; i++) {
            add(i, 0);
        }

        List<Long> totals = log.totals();
        assertThat(totals).hasSizeBetween(MOST_SAMPLES / 4, MOST_SAMPLES);
        long spacing = totals.get(2) - totals.get(1);
        for (int i = 2; i < totals.size(); i++) {
            assertThat(totals.get(i) - totals.get(i - 1)).isEqualTo(spacing);
        }
        assertThat(totals.get(totals.size() - 1)).isGreaterThan(5000 - 1 - spacing);
    }

    @Test
    void shouldKeepAPeakThatTheSeriesHasThinnedOut() {
        for (int i = 0; i < 1000; i++) {
            add(i == 501 ? 9999 : 1, 0);
        }

        assertThat(log.peaks()).containsEntry("total", 9999L);
    }

    private void add(long broker, long trainer) {
        log.add(new TreeMap<>(Map.of("broker", broker, "trainer", trainer)));
    }
}
