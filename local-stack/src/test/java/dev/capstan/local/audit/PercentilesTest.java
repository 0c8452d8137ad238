package dev.capstan.local.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PercentilesTest {
    private final Percentiles percentiles = new Percentiles();

    @Test
    void shouldHaveNoPercentileOfNothing() {
        OptionalLong median = percentiles.at(0.5);

        assertThat(median).isEmpty();
    }

    @Test
    void shouldTakeTheNearestRank() {
        LongStream.of(40, 10, 30, 20).forEach(percentiles::add);

        LongStream found = LongStream.of(0, 25, 26, 50, 75, 99, 100)
                .map(percent -> percentiles.at(percent / 100.0).orElseThrow());

        assertThat(found).containsExactly(10L, 10L, 20L, 20L, 30L, 40L, 40L);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_000, 86_400_000, Long.MAX_VALUE})
    void shouldKeepEveryValueWithinOnePartIn32768(long value) {
        percentiles.add(value);

        long found = percentiles.at(0.5).orElseThrow();

        assertThat(value - found).isBetween(0L, value < 65_536 ? 0 : value >> 15);
    }

    @Test
    void shouldCountADurationBelowZeroAsZero() {
        percentiles.add(-5);

        OptionalLong median = percentiles.at(0.5);

        assertThat(median).hasValue(0);
    }
}
