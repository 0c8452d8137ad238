package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.LiveAction;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.StepLoss;
import dev.capstan.schemas.records.TrainingMode;
import dev.capstan.trainer.PromotionGate.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PromotionGateTest {
    private final PromotionGate gate = new PromotionGate(0.7);

    @Test
    void shouldPromoteTheFirstVersion() {
        Verdict verdict = gate.judge(lineage(1, null, 0, 1.5), Optional.empty(), Optional.empty());

        assertThat(verdict).isInstanceOf(Verdict.Promote.class);
    }

    @Test
    void shouldPromoteWhenRecallIsAtLeastTheFractionOfTheLiveOne() {
        Verdict verdict = gate.judge(
                lineage(5, 0.35, 256, 1.5), live(4, LiveAction.PROMOTE), Optional.of(lineage(4, 0.5, 256, 1.5)));

        assertThat(verdict).isInstanceOf(Verdict.Promote.class);
        assertThat(verdict.reason()).isEqualTo("recall 0.350, version 4 has 0.500 and at least 0.350 is asked for");
    }

    @Test
    void shouldHoldWhenRecallFellFurther() {
        Verdict verdict = gate.judge(
                lineage(5, 0.34, 256, 1.5), live(4, LiveAction.PROMOTE), Optional.of(lineage(4, 0.5, 256, 1.5)));

        assertThat(verdict).isInstanceOf(Verdict.Hold.class);
    }

    @Test
    void shouldNotCompareRecallOfSamplesOfDifferentSize() {
        Verdict verdict = gate.judge(
                lineage(5, 0.1, 256, 1.5), live(4, LiveAction.PROMOTE), Optional.of(lineage(4, 0.9, 20, 1.5)));

        assertThat(verdict).isInstanceOf(Verdict.Promote.class);
    }

    @Test
    void shouldPromoteWhatCouldNotBeMeasured() {
        Verdict verdict = gate.judge(
                lineage(5, null, 0, 1.5), live(4, LiveAction.PROMOTE), Optional.of(lineage(4, 0.9, 256, 1.5)));

        assertThat(verdict).isInstanceOf(Verdict.Promote.class);
    }

    @Test
    void shouldHoldALossThatIsNotFinite() {
        Verdict verdict = gate.judge(lineage(5, 0.9, 256, Double.NaN), live(4, LiveAction.PROMOTE), Optional.empty());

        assertThat(verdict).isInstanceOf(Verdict.Hold.class);
    }

    @Test
    void shouldHoldAHeldoutFigureThatIsNotFinite() {
        Verdict verdict = gate.judge(
                lineage(5, Double.NaN, 256, 1.5), live(4, LiveAction.PROMOTE), Optional.of(lineage(4, 0.5, 256, 1.5)));

        assertThat(verdict).isInstanceOf(Verdict.Hold.class);
    }

    @Test
    void shouldHoldWhileARollbackHolds() {
        Verdict verdict = gate.judge(
                lineage(5, 0.9, 256, 1.5), live(2, LiveAction.ROLLBACK), Optional.of(lineage(2, 0.5, 256, 1.5)));

        assertThat(verdict).isInstanceOf(Verdict.Hold.class);
        assertThat(verdict.reason()).contains("version 2 was rolled back to by somebody");
    }

    @Test
    void shouldHoldWhatIsLiveAlready() {
        Verdict verdict = gate.judge(lineage(4, 0.9, 256, 1.5), live(4, LiveAction.PROMOTE), Optional.empty());

        assertThat(verdict).isInstanceOf(Verdict.Hold.class);
    }

    private static Optional<LiveVersion> live(long version, LiveAction action) {
        return Optional.of(new LiveVersion("m", version, action, "because", "somebody", Instant.EPOCH));
    }

    private static CheckpointLineage lineage(long version, @Nullable Double recall, int pairs, double loss) {
        return new CheckpointLineage(
                "m",
                version,
                version == 1 ? null : version - 1,
                version * 10,
                TrainingMode.JOINT,
                List.of(),
                List.of(),
                List.of(),
                0L,
                1.0,
                List.of(),
                List.of(new StepLoss(version * 10, loss, null)),
                new Evaluation(pairs, null, null, recall, null, 0, null),
                0L,
                0L,
                Instant.EPOCH,
                List.of());
    }
}
