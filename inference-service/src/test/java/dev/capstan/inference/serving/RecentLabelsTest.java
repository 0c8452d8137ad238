package dev.capstan.inference.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.inference.labels.LabelTexts;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentLabelsTest {
    private static final LabelTexts SET = new LabelTexts(List.of("a", "b", "c"), LabelTexts.PLAIN);
    private static final LabelTexts ASKED = new LabelTexts(List.of("x", "y"), LabelTexts.PLAIN);
    private static final LabelTexts LARGE = new LabelTexts(List.of("1", "2", "3", "4", "5", "6"), LabelTexts.PLAIN);

    private Instant now = Instant.EPOCH;

    @Test
    void shouldWarmNothingButWhatWasAskedFor() {
        RecentLabels recent = new RecentLabels(100, () -> List.of(SET), clock());

        recent.note(ASKED);

        assertThat(recent.toWarm()).containsExactly(ASKED);
    }

    @Test
    void shouldWarmEverySetWhileNothingWasAskedFor() {
        RecentLabels recent = new RecentLabels(100, () -> List.of(SET), clock());

        assertThat(recent.toWarm()).containsExactly(SET);
    }

    @Test
    void shouldWarmAnAskedSetOnce() {
        RecentLabels recent = new RecentLabels(100, () -> List.of(SET), clock());

        recent.note(SET);

        assertThat(recent.toWarm()).containsExactly(SET);
    }

    @Test
    void shouldStayWithinItsBoundOfTexts() {
        RecentLabels recent = new RecentLabels(5, () -> List.of(LARGE, SET), clock());

        assertThat(recent.toWarm()).containsExactly(SET);
    }

    @Test
    void shouldForgetWhatNobodyAskedForLately() {
        RecentLabels recent = new RecentLabels(100, List::of, clock());
        recent.note(ASKED);

        now = now.plus(Duration.ofMinutes(11));

        assertThat(recent.toWarm()).isEmpty();
    }

    private Clock clock() {
        return new Clock() {
            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now;
            }
        };
    }
}
