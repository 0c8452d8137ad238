package dev.capstan.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FreshnessTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Freshness freshness = new Freshness(registry, Freshness.Stage.SERVED);

    @Test
    void shouldCountInBuckets() {
        freshness.reached(NOW.minusSeconds(7), NOW);
        freshness.reached(NOW.minusSeconds(70), NOW, 2);

        assertThat(registry.scrape())
                .contains(
                        "capstan_freshness_seconds_bucket{stage=\"served\",le=\"5.0\"} 0",
                        "capstan_freshness_seconds_bucket{stage=\"served\",le=\"10.0\"} 1",
                        "capstan_freshness_seconds_bucket{stage=\"served\",le=\"120.0\"} 3",
                        "capstan_freshness_seconds_count{stage=\"served\"} 3");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -62_135_596_800_000L, 0})
    void shouldBearATimeThatWasNeverSet(long millis) {
        freshness.reached(Instant.ofEpochMilli(millis), NOW, 1000);

        assertThat(ages().count()).isEqualTo(1000);
        assertThat(ages().totalAmount()).isEqualTo(1000.0 * Ages.OLDEST.toSeconds(), within(1.0));
    }

    @Test
    void shouldTakeAClockThatIsAheadForNoAge() {
        freshness.reached(Instant.ofEpochMilli(Long.MAX_VALUE), NOW);

        assertThat(ages().totalAmount()).isZero();
    }

    private DistributionSummary ages() {
        return registry.get("capstan.freshness").summary();
    }
}
