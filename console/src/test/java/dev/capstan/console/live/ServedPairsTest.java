package dev.capstan.console.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.capstan.platform.Freshness;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CrawledCount;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.schemas.records.TrainingMode;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServedPairsTest {
    private static final String MODEL = "m";
    private static final Instant CRAWLED = Instant.parse("2026-01-01T00:00:00Z");

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ServedPairs pairs = new ServedPairs(MODEL, new Freshness(meters, Freshness.Stage.SERVED));

    @Test
    void shouldCountThePairsOfAVersionOnceItIsServed() {
        pairs.checkpoint(version(1, 10), true);
        assertThat(served().count()).isZero();

        pairs.reload(reload(1, ReloadOutcome.SERVING, 4));
        pairs.reload(reload(1, ReloadOutcome.SERVING, 9));

        assertThat(served().count()).isEqualTo(10);
        assertThat(served().max()).isEqualTo(4, within(1e-6));
    }

    @Test
    void shouldCountWithAVersionTheAncestorsThatNeverWereServed() {
        pairs.checkpoint(version(1, 10), true);
        pairs.checkpoint(version(2, 20), true);
        pairs.checkpoint(version(3, 30), true);
        pairs.reload(reload(1, ReloadOutcome.SERVING, 1));

        pairs.reload(reload(3, ReloadOutcome.SERVING, 2));

        assertThat(served().count()).isEqualTo(60);
        assertThat(served().totalAmount()).isEqualTo(10 * 1 + 50 * 2, within(1e-6));
    }

    @Test
    void shouldCountTheSameWhateverComesFirst() {
        pairs.reload(reload(2, ReloadOutcome.SERVING, 3));
        pairs.checkpoint(version(2, 20), true);
        pairs.checkpoint(version(1, 10), true);

        assertThat(served().count()).isEqualTo(30);
    }

    @Test
    void shouldNotCountAVersionThatCouldNotBeServed() {
        pairs.checkpoint(version(1, 10), true);

        pairs.reload(reload(1, ReloadOutcome.FAILED, 1));

        assertThat(served().count()).isZero();
    }

    @Test
    void shouldNotCountAgainWhatStoodInTheTopicsBefore() {
        pairs.checkpoint(version(1, 10), false);
        pairs.checkpoint(version(2, 20), true);

        pairs.reload(reload(2, ReloadOutcome.SERVING, 1));

        assertThat(served().count()).isEqualTo(20);
    }

    private DistributionSummary served() {
        return meters.get("capstan.freshness").tag("stage", "served").summary();
    }

    private static CheckpointLineage version(long version, long learnt) {
        return new CheckpointLineage(
                MODEL,
                version,
                version == 1 ? null : version - 1,
                version,
                TrainingMode.JOINT,
                List.of(),
                List.of(),
                List.of(),
                learnt,
                1.0,
                List.of(),
                List.of(),
                new Evaluation(0, null, null, null, null, 0, null),
                0L,
                0L,
                CRAWLED,
                List.of(new CrawledCount(CRAWLED, learnt)));
    }

    private static ReloadEvent reload(long version, ReloadOutcome outcome, long secondsAfterTheCrawl) {
        Instant at = CRAWLED.plusSeconds(secondsAfterTheCrawl);
        return new ReloadEvent(MODEL, version, "inference-1", outcome, null, 0L, at, at);
    }
}
