package dev.capstan.console.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class GrowthTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final Growth growth = new Growth(Duration.ofSeconds(10));

    @Test
    void shouldTellTheGrowthASecondOverTheWindow() {
        assertThat(growth.observe(NOON, 100)).isZero();
        assertThat(growth.observe(NOON.plusSeconds(2), 120)).isEqualTo(10);
        assertThat(growth.observe(NOON.plusSeconds(10), 120)).isEqualTo(2);
        assertThat(growth.observe(NOON.plusSeconds(12), 120)).isZero();
    }

    @Test
    void shouldBeginAnewWhereACountFalls() {
        growth.observe(NOON, 100);

        assertThat(growth.observe(NOON.plusSeconds(1), 5)).isZero();
        assertThat(growth.observe(NOON.plusSeconds(2), 8)).isEqualTo(3);
    }
}
