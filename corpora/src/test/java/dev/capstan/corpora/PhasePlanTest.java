package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PhasePlanTest {

    @Test
    void shouldCountNewItemsOfAllPhases() {
        PhasePlan plan = new PhasePlan(List.of(
                new PhasePlan.Phase(10, 0), new PhasePlan.Phase(7, 0.3), new PhasePlan.Phase(PhasePlan.ENDLESS, 0.75)));

        long counted = LongStream.range(0, 57)
                .filter(index -> plan.noveltyOf(index) == Novelty.NEW)
                .count();

        assertThat(counted).isEqualTo(2 + 30);
        assertThat(plan.newBefore(57)).isEqualTo(counted);
    }

    @Test
    void shouldSpreadNewItemsEvenly() {
        PhasePlan plan = PhasePlan.always(0.25);

        for (long start = 0; start < 400; start += 4) {
            assertThat(plan.newBefore(start + 4) - plan.newBefore(start)).isEqualTo(1);
        }
    }

    @Test
    void shouldTellThePhaseOfAnItem() {
        PhasePlan plan = PhasePlan.newcomersAfter(5, 1);

        assertThat(plan.phaseOf(0)).isZero();
        assertThat(plan.phaseOf(4)).isZero();
        assertThat(plan.phaseOf(5)).isEqualTo(1);
        assertThat(plan.phaseOf(5_000_000_000L)).isEqualTo(1);
    }

    @Test
    void shouldRefuseAPlanThatEnds() {
        assertThatThrownBy(() -> new PhasePlan(List.of(new PhasePlan.Phase(5, 1))))
                .hasMessageContaining("endless");
        assertThatThrownBy(() -> new PhasePlan.Phase(5, 1.5)).hasMessageContaining("1.5");
    }
}
