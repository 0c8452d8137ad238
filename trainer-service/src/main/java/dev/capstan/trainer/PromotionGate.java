package dev.capstan.trainer;

import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.LiveAction;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.StepLoss;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether a committed checkpoint may go live: its losses are finite, and its recall on held-out pairs is not far below
 * the live one's. While a rollback holds, nothing is promoted by itself: a person brought an earlier version back and
 * ends that by promoting one. Stateless.
 *
 * @param recallFraction smallest part of the live version's recall that a candidate may have
 */
record PromotionGate(double recallFraction) {
    /** Recall depends on how many texts compete: samples of very different size say nothing of each other. */
    private static final double COMPARABLE_SAMPLES = 0.8;

    /** What the gate says. */
    sealed interface Verdict {
        /** Why, in one sentence. */
        String reason();

        /** The candidate may go live. */
        record Promote(String reason) implements Verdict {}

        /** What is live stays. */
        record Hold(String reason) implements Verdict {}
    }

    /**
     * @param live what is live, if anything
     * @param liveLineage the lineage of what is live, if the log still holds it
     */
    Verdict judge(CheckpointLineage candidate, Optional<LiveVersion> live, Optional<CheckpointLineage> liveLineage) {
        if (!isFinite(candidate)) {
            return new Verdict.Hold("a loss or a held-out figure is not a finite number");
        }
        if (live.isEmpty()) {
            return new Verdict.Promote("first version of the model");
        }
        if (live.get().getVersion() >= candidate.getVersion()) {
            return new Verdict.Hold("version " + live.get().getVersion() + " is live already");
        }
        if (live.get().getAction() == LiveAction.ROLLBACK) {
            return new Verdict.Hold("version " + live.get().getVersion() + " was rolled back to by "
                    + live.get().getDecidedBy() + ": promote a version by hand to go on");
        }
        Evaluation own = candidate.getEvaluation();
        Double recall = own.getRecallAt1();
        if (recall == null) {
            return new Verdict.Promote("losses are finite; there was nothing to measure recall on");
        }
        Evaluation other = liveLineage.map(CheckpointLineage::getEvaluation).orElse(null);
        Double liveRecall = other == null ? null : other.getRecallAt1();
        if (other == null || liveRecall == null || !isComparable(own, other)) {
            return new Verdict.Promote(String.format(
                    Locale.ROOT,
                    "losses are finite; recall %.3f of %d pairs has nothing to compare with",
                    recall,
                    own.getHeldoutPairs()));
        }
        double least = recallFraction * liveRecall;
        String comparison = String.format(
                Locale.ROOT,
                "recall %.3f, version %d has %.3f and at least %.3f is asked for",
                recall,
                live.get().getVersion(),
                liveRecall,
                least);
        return recall >= least ? new Verdict.Promote(comparison) : new Verdict.Hold(comparison);
    }

    private static boolean isComparable(Evaluation own, Evaluation other) {
        int smaller = Math.min(own.getHeldoutPairs(), other.getHeldoutPairs());
        int larger = Math.max(own.getHeldoutPairs(), other.getHeldoutPairs());
        return smaller >= COMPARABLE_SAMPLES * larger;
    }

    private static boolean isFinite(CheckpointLineage lineage) {
        Evaluation evaluation = lineage.getEvaluation();
        Stream<@Nullable Double> figures = Stream.of(
                evaluation.getContrastiveLoss(),
                evaluation.getCaptionLoss(),
                evaluation.getRecallAt1(),
                evaluation.getZeroShotTop1());
        Stream<@Nullable Double> losses = lineage.getLosses().stream().flatMap(PromotionGate::values);
        return Stream.concat(figures, losses).allMatch(value -> value == null || Double.isFinite(value));
    }

    private static Stream<@Nullable Double> values(StepLoss loss) {
        return Stream.of(loss.getContrastive(), loss.getCaption());
    }
}
