package dev.capstan.trainer;

import dev.capstan.checkpoints.CheckpointDraft;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.StepLoss;
import dev.capstan.schemas.records.TrainingMode;
import dev.capstan.trainer.PairPipeline.Taken;
import dev.capstan.trainer.ReplayDraws.Replayed;
import dev.capstan.trainer.TrainingTrace.TracedPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The weights in memory and the account of what they hold: they live and die together, so that weights never hold pairs
 * that are not recorded as read. Made from a committed checkpoint, dropped at any loss.
 *
 * <p>Owned by the trainer thread.
 */
final class TrainingRun implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

    private final String model;
    private final TrainingMode mode;
    private final Learner learner;
    private final TrainerMetrics metrics;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final TrainingTrace trace;
    private final ShardLedger ledger;
    private final List<StepLoss> losses = new ArrayList<>();
    private final TreeSet<String> policyVersions = new TreeSet<>();
    private final CrawlTimes crawls = new CrawlTimes(CheckpointDraft.MAX_CRAWLED);
    private long step;
    private long trainingNanos;
    private int refusedInRow;

    /** A draft with the positions that belong to its weights, and the trace of how they came about. */
    record Cut(CheckpointDraft draft, Map<TopicPartition, Long> positions, CheckpointTrace trace) {}

    /**
     * @param step steps that the weights have made
     * @param positions next offset to read of every partition
     * @param learner closed here
     * @param trace of this run alone
     */
    TrainingRun(
            String model,
            TrainingMode mode,
            long step,
            Map<TopicPartition, Long> positions,
            Learner learner,
            TrainerMetrics metrics,
            Clock clock,
            LongSupplier nanoTime,
            TrainingTrace trace) {
        this.model = model;
        this.mode = mode;
        this.step = step;
        this.learner = learner;
        this.metrics = metrics;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.trace = trace;
        this.ledger = new ShardLedger(positions);
    }

    long step() {
        return step;
    }

    ShardLedger ledger() {
        return ledger;
    }

    /** Fewest pairs that a step can be made of. */
    int smallestBatch() {
        return learner.smallestBatch();
    }

    /** Updates that were refused since the last one that was not. */
    int refusedInRow() {
        return refusedInRow;
    }

    /**
     * Trains on records in the order they were read, and accounts for each of them.
     *
     * @return the raw records that were trained
     */
    List<RawPair> learn(List<Taken> taken, Replayed replayed) {
        List<RawPair> fresh = new ArrayList<>(taken.size());
        List<LearningPair> batch =
                new ArrayList<>(taken.size() + replayed.pairs().size());
        List<TracedPair> traced = new ArrayList<>();
        for (Taken record : taken) {
            if (record.preparation() instanceof Preparation.Ready ready) {
                fresh.add(record.raw());
                batch.add(ready.pair());
                if (record.raw().trace().isValid()) {
                    traced.add(new TracedPair(record.raw(), ready.pair().pairId()));
                }
            }
        }
        boolean trained = !fresh.isEmpty() && makeStep(batch, fresh.size(), replayed, traced);
        for (Taken record : taken) {
            account(record, trained);
        }
        if (!trained) {
            return List.of();
        }
        replayed.shards().forEach(ledger::replayed);
        return fresh;
    }

    /** Scores held-out pairs with the weights of this moment. */
    Learner.Score score(List<LearningPair> heldout, List<String> labels, List<String> templates) {
        return learner.score(heldout, labels, templates);
    }

    /** Describes the weights of this moment, with copies of them, and starts the account anew. */
    Cut cut(OptionalLong parent, Evaluation evaluation) {
        long begun = nanoTime.getAsLong();
        Learner.Weights weights = learner.weights();
        metrics.copied(Duration.ofNanos(nanoTime.getAsLong() - begun));
        ShardLedger.Cut cut = ledger.cut();
        CheckpointDraft draft = new CheckpointDraft(
                model,
                parent,
                step,
                parent.isEmpty() ? TrainingMode.IMPORTED : mode,
                cut.shards(),
                cut.replayed(),
                trainingNanos / 1e9,
                List.copyOf(policyVersions),
                losses,
                crawls.groups(),
                evaluation,
                weights.architecture(),
                weights.serving(),
                weights.trainingState());
        losses.clear();
        crawls.clear();
        policyVersions.clear();
        trainingNanos = 0;
        return new Cut(draft, cut.positions(), trace.cut(clock.instant()));
    }

    @Override
    public void close() {
        learner.close();
    }

    private boolean makeStep(List<LearningPair> batch, int fresh, Replayed replayed, List<TracedPair> traced) {
        List<LearningPair> all = new ArrayList<>(batch);
        all.addAll(replayed.pairs());
        long begun = nanoTime.getAsLong();
        Learner.Learnt learnt = learner.learn(all, step + 1);
        long took = nanoTime.getAsLong() - begun;
        trainingNanos += took;
        if (!learnt.applied()
                && learnt.contrastive().isEmpty()
                && learnt.caption().isEmpty()) {
            // Nothing in the batch teaches this mode anything, as when the projection meets pairs without captions.
            return false;
        }
        if (!learnt.applied()) {
            refusedInRow++;
            metrics.refused(fresh);
            LOG.error(
                    "update refused model={} step={} pairs={} contrastive={} caption={}",
                    model,
                    step + 1,
                    fresh,
                    learnt.contrastive(),
                    learnt.caption());
            return false;
        }
        refusedInRow = 0;
        step++;
        losses.add(new StepLoss(step, boxed(learnt.contrastive()), boxed(learnt.caption())));
        Instant now = clock.instant();
        batch.forEach(pair -> {
            policyVersions.add(pair.policyVersion());
            metrics.learnt(pair.crawledAt(), now);
            crawls.add(pair.crawledAt());
        });
        metrics.stepped(learnt, fresh, replayed.pairs().size(), Duration.ofNanos(took));
        trace.stepped(step, now, Duration.ofNanos(took), fresh, traced, learnt);
        return true;
    }

    private void account(Taken record, boolean trained) {
        RawPair raw = record.raw();
        if (record.preparation() instanceof Preparation.Unreadable unreadable) {
            metrics.unreadable();
            LOG.error(
                    "curated record unreadable topic={} partition={} offset={} reason={}",
                    raw.partition().topic(),
                    raw.partition().partition(),
                    raw.offset(),
                    unreadable.reason());
            ledger.passedOver(raw.partition(), raw.offset());
            return;
        }
        if (record.preparation() instanceof Preparation.TakenDown) {
            metrics.takenDown();
            ledger.passedOver(raw.partition(), raw.offset());
            return;
        }
        if (trained) {
            ledger.trained(raw.partition(), raw.offset());
            return;
        }
        ledger.passedOver(raw.partition(), raw.offset());
    }

    private static @Nullable Double boxed(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }
}
