package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.schemas.Topics;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecordLimitsTest {
    private static final byte[] KEY = new byte[10];

    private final Map<Topics, Integer> cluster =
            new EnumMap<>(Map.of(Topics.PAIRS_CURATED, 1000, Topics.PAIRS_HELDOUT, 2000, Topics.PAIRS_REJECTED, 500));
    private final RecordLimits limits = new RecordLimits(() -> cluster);

    @Test
    void shouldTakeARecordOfExactlyTheLimit() {
        Optional<Refusal> refusal =
                limits.refuse(Topics.PAIRS_CURATED, KEY, new byte[1000 - 10 - RecordLimits.OVERHEAD_BYTES]);

        assertThat(refusal).isEmpty();
    }

    @Test
    void shouldRefuseOneByteMore() {
        Optional<Refusal> refusal =
                limits.refuse(Topics.PAIRS_CURATED, KEY, new byte[1001 - 10 - RecordLimits.OVERHEAD_BYTES]);

        assertThat(refusal).hasValueSatisfying(reason -> {
            assertThat(reason.rule()).isEqualTo("record-too-large");
            assertThat(reason.score()).hasValue(1001);
            assertThat(reason.threshold()).hasValue(1000);
        });
    }

    @Test
    void shouldCountWhatHeadersAdd() {
        RecordLimits withHeaders = new RecordLimits(() -> cluster, 70);

        Optional<Refusal> refusal =
                withHeaders.refuse(Topics.PAIRS_CURATED, KEY, new byte[931 - 10 - RecordLimits.OVERHEAD_BYTES]);

        assertThat(refusal)
                .hasValueSatisfying(reason -> assertThat(reason.score()).hasValue(1001));
    }

    @Test
    void shouldLearnTheLimitOfATopicThatRefused() {
        limits.suspect("pairs.curated", 10, 300);

        int learned = limits.limit(Topics.PAIRS_CURATED);

        assertThat(learned).isEqualTo(RecordLimits.OVERHEAD_BYTES + 309);
        assertThat(limits.limit(Topics.PAIRS_HELDOUT)).isEqualTo(2000);
    }

    @Test
    void shouldLearnForBothDestinationsFromTheTopicBetweenTheHalves() {
        limits.suspect("capstan-ingest-candidates-repartition", 10, 300);

        int curated = limits.limit(Topics.PAIRS_CURATED);

        assertThat(curated).isEqualTo(limits.limit(Topics.PAIRS_HELDOUT)).isLessThan(400);
        assertThat(limits.limit(Topics.PAIRS_REJECTED)).isEqualTo(500);
    }

    @Test
    void shouldReadTheLimitsAgainOnlyWhenOneIsSuspect() {
        cluster.put(Topics.PAIRS_HELDOUT, 600);
        limits.refreshIfSuspect();
        int before = limits.limit(Topics.PAIRS_HELDOUT);

        limits.suspect("pairs.curated", 10, 300);
        limits.refreshIfSuspect();

        assertThat(before).isEqualTo(2000);
        assertThat(limits.limit(Topics.PAIRS_HELDOUT)).isEqualTo(600);
        assertThat(limits.limit(Topics.PAIRS_CURATED)).isLessThan(400);
    }

    @Test
    void shouldKnowTheLargestLimit() {
        int largest = limits.largest();

        assertThat(largest).isEqualTo(2000);
    }
}
