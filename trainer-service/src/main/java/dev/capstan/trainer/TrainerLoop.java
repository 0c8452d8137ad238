package dev.capstan.trainer;

import dev.capstan.checkpoints.CheckpointLog;
import dev.capstan.checkpoints.CheckpointUnavailableException;
import dev.capstan.checkpoints.WriterFencedException;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.schemas.records.TensorRole;
import dev.capstan.trainer.CheckpointPublisher.Candidate;
import dev.capstan.trainer.CheckpointPublisher.Outcome;
import dev.capstan.trainer.PairPipeline.Taken;
import dev.capstan.trainer.ReplayDraws.Replayed;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads, trains and publishes. One thread, the trainer thread, runs {@link #run} and owns the consumer, the model and the
 * account of what the model holds; {@link #stop}, {@link #isReady} and {@link #sinceMove} may be called from any.
 *
 * <p>States: loading (the newest committed checkpoint, or the base weights), training, loading again after every loss
 * (a publish that did not commit, a partition taken away, updates refused in a row), ended. Weights never hold pairs that
 * are not recorded as read, because weights, positions and what waits in memory are dropped together.
 */
final class TrainerLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(TrainerLoop.class);
    private static final Duration LONGEST_POLL = Duration.ofMillis(100);
    private static final Duration SHORTEST_POLL = Duration.ofMillis(2);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration HELDOUT_WAIT = Duration.ofSeconds(10);
    /** The lineage names every draw: it must stay far below the size of a record. */
    private static final int MAX_REPLAY_DRAWS = 4096;

    private final TrainerConfig config;
    private final Parts parts;
    private final TrainerMetrics metrics;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final Tracing tracing;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final EvaluationBudget budget;
    /** Left the pipeline and wait for company: a step needs more than one pair. */
    private final List<Taken> held = new ArrayList<>();

    private @Nullable TrainingRun run;
    private OptionalLong version = OptionalLong.empty();
    private long cutAt;
    private int fruitlessLoads;
    private volatile boolean ready;
    private volatile long movedAt;
    private volatile Ending ending = Ending.STOPPED;

    /** How the loop ended. */
    enum Ending {
        /** It was asked to stop. */
        STOPPED(0),
        /** It cannot go on; a new start may. */
        FAILED(1),
        /** Another trainer of the same model took over: starting again would take over in turn. */
        FENCED(Main.FENCED);

        private final int exitCode;

        Ending(int exitCode) {
            this.exitCode = exitCode;
        }

        int exitCode() {
            return exitCode;
        }
    }

    /**
     * What the loop works with, all owned by the trainer thread from {@link #run} on and closed by whoever made them.
     */
    record Parts(
            CheckpointLog log,
            CheckpointPublisher publisher,
            CuratedStream stream,
            PairPipeline pipeline,
            ReplayDraws replay,
            HeldoutFeed heldout,
            Models models) {}

    /** The service was asked to stop while it waited. */
    private static final class StoppedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    TrainerLoop(
            TrainerConfig config,
            Parts parts,
            TrainerMetrics metrics,
            Clock clock,
            LongSupplier nanoTime,
            Tracing tracing) {
        this.config = config;
        this.parts = parts;
        this.metrics = metrics;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.tracing = tracing;
        this.budget = new EvaluationBudget(config.heldout().timeShare(), nanoTime);
        this.movedAt = nanoTime.getAsLong();
    }

    @Override
    public void run() {
        try {
            takeOver();
            parts.stream().open(load());
            while (stopping.getCount() > 0) {
                turn();
            }
            finish();
        } catch (StoppedException e) {
            LOG.info("trainer stopped while it waited for the cluster model={}", config.model());
        } catch (WriterFencedException | FencedInstanceIdException e) {
            ending = Ending.FENCED;
            LOG.error(
                    "trainer fenced model={}: another trainer of this model took over; this one ends and what it trained"
                            + " since checkpoint={} is void. Run one trainer a model",
                    config.model(),
                    version.isPresent() ? version.getAsLong() : "none",
                    e);
        } catch (RuntimeException | Error e) {
            ending = Ending.FAILED;
            LOG.error("trainer failed model={}", config.model(), e);
        } finally {
            ready = false;
            drop();
        }
    }

    /** Asks the loop to publish what it has trained and to end. */
    void stop() {
        stopping.countDown();
    }

    /** Whether a model is loaded and the loop trains. */
    boolean isReady() {
        return ready;
    }

    /** Time since the loop last went round. */
    Duration sinceMove() {
        return Duration.ofNanos(nanoTime.getAsLong() - movedAt);
    }

    Ending ending() {
        return ending;
    }

    /** One round: an outcome, some records, at most one step, at most one checkpoint begun. */
    private void turn() {
        movedAt = nanoTime.getAsLong();
        parts.publisher().fenced().ifPresent(fenced -> {
            throw fenced;
        });
        if (!takeOutcome(parts.publisher().outcome())) {
            return;
        }
        List<RawPair> pairs = parts.stream().poll(pollTime());
        if (parts.stream().takeLoss()) {
            // What is in flight must be known before the newest checkpoint is.
            if (takeOutcome(parts.publisher().settle())) {
                reload("partitions were taken away");
            }
            return;
        }
        pairs.forEach(parts.pipeline()::submit);
        regulate();
        train();
        if (current().refusedInRow() >= config.learning().refusedUpdates()) {
            if (takeOutcome(parts.publisher().settle())) {
                reload(current().refusedInRow() + " updates in a row were refused");
            }
            return;
        }
        if (isCheckpointDue()) {
            checkpoint();
        }
    }

    private void regulate() {
        if (parts.stream().isPaused()) {
            if (parts.pipeline().hasRoom()) {
                parts.stream().flow(true);
            }
        } else if (parts.pipeline().isFull()) {
            parts.stream().flow(false);
        }
        metrics.queue(parts.pipeline().size(), parts.pipeline().bytes());
    }

    private Duration pollTime() {
        int fresh = config.freshPairs();
        if (parts.pipeline().ready(fresh) >= fresh) {
            return Duration.ZERO;
        }
        return parts.pipeline().size() > 0 ? SHORTEST_POLL : LONGEST_POLL;
    }

    private void train() {
        int fresh = config.freshPairs();
        PairPipeline pipeline = parts.pipeline();
        boolean full = pipeline.ready(fresh) >= fresh;
        boolean late = pipeline.waited().compareTo(config.input().batchWait()) >= 0;
        if (!full && !late) {
            return;
        }
        held.addAll(pipeline.take(fresh));
        int readable = (int) held.stream().filter(Taken::isReadable).count();
        TrainingRun training = current();
        int smallest = training.smallestBatch();
        if (readable > 0 && readable + parts.replay().available() < smallest) {
            return;
        }
        int wanted = Math.max(smallest, config.input().minimumBatch());
        Replayed replayed = parts.replay().take(training.step() + 1, wanted - readable);
        List<RawPair> trained = training.learn(held, replayed);
        held.clear();
        parts.replay().after(training.step(), trained);
    }

    private boolean isCheckpointDue() {
        ShardLedger ledger = current().ledger();
        if (ledger.trainedPairs() == 0 || parts.publisher().isBusy()) {
            return false;
        }
        long pairs = config.checkpoint().pairs();
        return nanoTime.getAsLong() - cutAt >= config.checkpoint().interval().toNanos()
                || (pairs > 0 && ledger.trainedPairs() >= pairs)
                || ledger.replayDraws() >= MAX_REPLAY_DRAWS;
    }

    private void checkpoint() {
        TrainingRun training = current();
        if (parts.pipeline().size() == 0 && held.isEmpty()) {
            parts.stream().consumedPositions().forEach(training.ledger()::caughtUp);
        }
        Evaluation evaluation = budget.allows() ? evaluate(training, true) : unmeasured();
        TrainingRun.Cut cut = training.cut(version, evaluation);
        cutAt = nanoTime.getAsLong();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        cut.positions().forEach((partition, offset) -> offsets.put(partition, new OffsetAndMetadata(offset)));
        parts.publisher()
                .publish(new Candidate(cut.draft(), offsets, parts.stream().group(), cut.trace()));
    }

    private Evaluation evaluate(TrainingRun training, boolean spend) {
        List<LearningPair> sample = parts.heldout().refresh();
        if (sample.isEmpty()) {
            return unmeasured();
        }
        Optional<LabelSet> labels = parts.heldout().labelSet();
        long begun = nanoTime.getAsLong();
        Learner.Score score = training.score(
                sample,
                labels.map(LabelSet::getLabels).orElse(List.of()),
                labels.map(LabelSet::getTemplates).orElse(List.of()));
        Duration took = Duration.ofNanos(nanoTime.getAsLong() - begun);
        if (spend) {
            budget.spend(took);
        }
        metrics.evaluated(score.recallAt1(), score.zeroShotTop1(), took);
        return new Evaluation(
                sample.size(),
                boxed(score.contrastive()),
                boxed(score.caption()),
                boxed(score.recallAt1()),
                boxed(score.zeroShotTop1()),
                score.zeroShotPairs(),
                labels.map(LabelSet::getName).orElse(null));
    }

    /** @return whether training goes on with the weights in memory */
    private boolean takeOutcome(Optional<Outcome> outcome) {
        if (outcome.isEmpty()) {
            return true;
        }
        if (outcome.get() instanceof Outcome.Fenced fenced) {
            throw fenced.cause();
        }
        if (outcome.get() instanceof Outcome.Committed committed) {
            adopt(committed.manifest());
            return true;
        }
        if (outcome.get() instanceof Outcome.Lost lost) {
            LOG.warn(
                    "checkpoint not committed model={} step={}",
                    config.model(),
                    current().step(),
                    lost.cause());
            takeOver();
            reload("a checkpoint was not committed");
            return false;
        }
        throw new IllegalStateException("outcome " + outcome.get());
    }

    private void adopt(CheckpointManifest manifest) {
        version = OptionalLong.of(manifest.getLineage().getVersion());
        fruitlessLoads = 0;
        parts.stream().checkpointed(positions(manifest.getLineage()));
    }

    private void reload(String reason) {
        ready = false;
        metrics.reloaded();
        fruitlessLoads++;
        LOG.warn(
                "weights dropped model={} checkpoint={} reason={}",
                config.model(),
                version.isPresent() ? version.getAsLong() : "none",
                reason);
        if (fruitlessLoads > config.learning().fruitlessLoads()) {
            throw new IllegalStateException("The last checkpoint was loaded " + fruitlessLoads
                    + " times without a new one: " + reason + ". Nothing gets on without a change");
        }
        drop();
        parts.stream().rewind(load());
    }

    private void drop() {
        parts.pipeline().clear();
        held.clear();
        parts.replay().clear();
        TrainingRun dropped = run;
        run = null;
        if (dropped != null) {
            dropped.close();
        }
    }

    private void takeOver() {
        retrying("takes over", () -> {
            parts.publisher().takeOver();
            return true;
        });
    }

    /**
     * Makes the newest committed checkpoint the weights in memory, or imports the base weights.
     *
     * @return where to read on
     */
    private Map<TopicPartition, Long> load() {
        CheckpointManifest manifest = retrying("loads the newest checkpoint", () -> {
                    Optional<CheckpointManifest> latest = parts.log().latest(config.model());
                    latest.ifPresent(this::load);
                    return latest;
                })
                .orElseGet(this::importBase);
        CheckpointLineage lineage = manifest.getLineage();
        version = OptionalLong.of(lineage.getVersion());
        metrics.loaded(lineage.getVersion());
        cutAt = nanoTime.getAsLong();
        movedAt = cutAt;
        ready = true;
        LOG.info(
                "training from model={} checkpoint={} step={} offsets={}",
                config.model(),
                lineage.getVersion(),
                lineage.getStep(),
                positions(lineage));
        return positions(lineage);
    }

    private void load(CheckpointManifest manifest) {
        drop();
        List<TensorValue> serving = parts.log().fetch(manifest, Set.of(TensorRole.SERVING), Set.of());
        List<TensorValue> state = parts.log().fetch(manifest, Set.of(TensorRole.TRAINING_STATE), Set.of());
        CheckpointLineage lineage = manifest.getLineage();
        run = newRun(
                new Learner.Weights(manifest.getArchitecture(), serving, state), lineage.getStep(), positions(lineage));
        parts.publisher().review(lineage);
    }

    private CheckpointManifest importBase() {
        TrainingRun imported = newRun(parts.models().base(), 0, Map.of());
        run = imported;
        awaitHeldout();
        TrainingRun.Cut cut = imported.cut(OptionalLong.empty(), evaluate(imported, false));
        parts.publisher()
                .publish(new Candidate(cut.draft(), Map.of(), parts.stream().group(), cut.trace()));
        Outcome outcome = parts.publisher().settle().orElseThrow();
        if (outcome instanceof Outcome.Fenced fenced) {
            throw fenced.cause();
        }
        if (outcome instanceof Outcome.Lost lost) {
            throw lost.cause();
        }
        if (outcome instanceof Outcome.Committed committed) {
            LOG.info(
                    "base weights imported model={} bytes={}",
                    config.model(),
                    committed.manifest().getLineage().getBytesTotal());
            return committed.manifest();
        }
        throw new IllegalStateException("outcome " + outcome);
    }

    private void awaitHeldout() {
        try {
            if (!parts.heldout().awaitCaughtUp(HELDOUT_WAIT)) {
                LOG.warn("held-out pairs not read in time; the base weights are scored on what is there");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted before the base weights were imported", e);
        }
    }

    /** Publishes what was trained since the last checkpoint, so that the next start need not train it again. */
    private void finish() {
        ready = false;
        if (takeOutcome(parts.publisher().settle()) && current().ledger().trainedPairs() > 0) {
            checkpoint();
            takeOutcome(parts.publisher().settle());
        }
        LOG.info("trainer stopped model={} checkpoint={}", config.model(), version.orElse(0));
    }

    private TrainingRun newRun(Learner.Weights weights, long step, Map<TopicPartition, Long> positions) {
        Learner learner = parts.models().load(weights);
        // Held-out pictures are prepared for the model that is loaded.
        parts.heldout().start();
        return new TrainingRun(
                config.model(),
                config.learning().mode(),
                step,
                positions,
                learner,
                metrics,
                clock,
                nanoTime,
                new TrainingTrace(tracing, config.model()));
    }

    private TrainingRun current() {
        TrainingRun training = run;
        if (training == null) {
            throw new IllegalStateException("No weights are loaded");
        }
        return training;
    }

    private <V> V retrying(String what, java.util.function.Supplier<V> action) {
        while (true) {
            movedAt = nanoTime.getAsLong();
            try {
                return action.get();
            } catch (CheckpointUnavailableException e) {
                LOG.warn("cluster does not answer while the trainer {} model={}", what, config.model(), e);
            }
            rest();
        }
    }

    private void rest() {
        try {
            if (stopping.await(RETRY.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new StoppedException();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoppedException();
        }
    }

    private static Evaluation unmeasured() {
        return new Evaluation(0, null, null, null, null, 0, null);
    }

    private static Map<TopicPartition, Long> positions(CheckpointLineage lineage) {
        return lineage.getOffsets().stream()
                .collect(Collectors.toMap(
                        offset -> new TopicPartition(offset.getTopic(), offset.getPartition()),
                        dev.capstan.schemas.records.PartitionOffset::getOffset));
    }

    private static @Nullable Double boxed(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }
}
