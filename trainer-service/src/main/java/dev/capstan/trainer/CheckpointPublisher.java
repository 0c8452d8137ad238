package dev.capstan.trainer;

import dev.capstan.checkpoints.CheckpointDraft;
import dev.capstan.checkpoints.CheckpointLog;
import dev.capstan.checkpoints.CheckpointReadException;
import dev.capstan.checkpoints.CheckpointRetention;
import dev.capstan.checkpoints.CheckpointWriter;
import dev.capstan.checkpoints.Promotion;
import dev.capstan.checkpoints.PromotionResult;
import dev.capstan.checkpoints.PublishException;
import dev.capstan.checkpoints.Published;
import dev.capstan.checkpoints.WriterFencedException;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.LiveVersion;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes checkpoints beside the training, one at a time, then judges and promotes them and clears away old ones.
 *
 * <p>Called by the trainer thread; the work is done by one thread of its own, which owns the writer, the promotion and
 * the log it is given. States: idle, busy (from {@link #publish} until its outcome is taken).
 */
final class CheckpointPublisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointPublisher.class);
    private static final String DECIDED_BY = "trainer";
    private static final Duration CLOSE = Duration.ofSeconds(10);

    private final CheckpointWriter writer;
    private final CheckpointLog log;
    private final Promotion promotion;
    private final PromotionGate gate;
    private final CheckpointRetention retention;
    private final TrainerMetrics metrics;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> new Thread(task, "publisher"));
    private @Nullable CompletableFuture<Outcome> inFlight;
    /** Touched by the publisher's thread alone. */
    private boolean writerFailed;

    private volatile @Nullable WriterFencedException fenced;

    /**
     * A checkpoint to publish.
     *
     * @param offsets next offset to read of every partition; empty for an imported one
     * @param group the membership that they are committed under
     * @param trace ended here
     */
    record Candidate(
            CheckpointDraft draft,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            ConsumerGroupMetadata group,
            CheckpointTrace trace) {}

    /** How a publish ended. */
    sealed interface Outcome {
        /** It is in the log. */
        record Committed(CheckpointManifest manifest) implements Outcome {}

        /** It is not known to be in the log: what was trained since the last committed one is void. */
        record Lost(RuntimeException cause) implements Outcome {}

        /** Another trainer took over: this one must end. */
        record Fenced(WriterFencedException cause) implements Outcome {}
    }

    /**
     * @param writer closed here
     * @param log for this publisher alone; closed here
     * @param promotion closed here
     * @param retention with the same writer; closed here
     */
    CheckpointPublisher(
            CheckpointWriter writer,
            CheckpointLog log,
            Promotion promotion,
            PromotionGate gate,
            CheckpointRetention retention,
            TrainerMetrics metrics) {
        this.writer = writer;
        this.log = log;
        this.promotion = promotion;
        this.gate = gate;
        this.retention = retention;
        this.metrics = metrics;
    }

    /**
     * Takes over from every other trainer of the model and settles what it left open. Waits.
     *
     * @throws CheckpointReadException if the cluster does not answer
     * @throws WriterFencedException if another trainer starts at the same moment
     */
    void takeOver() {
        await(CompletableFuture.runAsync(this::initialise, thread));
    }

    /** Begins to publish; the outcome comes through {@link #outcome()}. */
    void publish(Candidate candidate) {
        if (inFlight != null) {
            throw new IllegalStateException("A checkpoint is being published already");
        }
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        inFlight = outcome;
        thread.execute(() -> publish(candidate, outcome));
    }

    /** Whether another trainer was found to have taken over outside of a publish. */
    Optional<WriterFencedException> fenced() {
        return Optional.ofNullable(fenced);
    }

    boolean isBusy() {
        return inFlight != null;
    }

    /** Takes the outcome of the publish in flight, if it ended. */
    Optional<Outcome> outcome() {
        CompletableFuture<Outcome> pending = inFlight;
        if (pending == null || !pending.isDone()) {
            return Optional.empty();
        }
        inFlight = null;
        return Optional.of(await(pending));
    }

    /** Waits for the outcome of the publish in flight and takes it. The writer's own time-outs bound the wait. */
    Optional<Outcome> settle() {
        CompletableFuture<Outcome> pending = inFlight;
        if (pending == null) {
            return Optional.empty();
        }
        inFlight = null;
        return Optional.of(await(pending));
    }

    /** Judges a version that is in the log and not live, as after a crash between its commit and its promotion. */
    void review(CheckpointLineage lineage) {
        thread.execute(() -> {
            if (!isLiveOrOlder(lineage)) {
                decide(lineage, CheckpointTrace.none());
            }
        });
    }

    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE.toSeconds(), TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
        retention.close();
        writer.close();
        promotion.close();
        log.close();
    }

    private void publish(Candidate candidate, CompletableFuture<Outcome> outcome) {
        long begun = System.nanoTime();
        CheckpointTrace trace = candidate.trace();
        try {
            if (writerFailed) {
                initialise();
            }
            Published published =
                    writer.publish(candidate.draft(), candidate.offsets(), candidate.group(), trace.sending());
            trace.published(published);
            metrics.published(published, Duration.ofNanos(System.nanoTime() - begun));
            outcome.complete(new Outcome.Committed(published.manifest()));
            decide(published.manifest().getLineage(), trace);
            trace.end();
            tidy();
        } catch (WriterFencedException e) {
            trace.failed(e);
            outcome.complete(new Outcome.Fenced(e));
        } catch (PublishException | CheckpointReadException e) {
            writerFailed = true;
            trace.failed(e);
            outcome.complete(new Outcome.Lost(e));
        } catch (RuntimeException | Error e) {
            trace.failed(e);
            outcome.completeExceptionally(e);
        }
    }

    private void initialise() {
        writer.initialise();
        writerFailed = false;
    }

    /** What is live changes in a record of its own: a failure here leaves the decision to the next checkpoint. */
    private void decide(CheckpointLineage candidate, CheckpointTrace trace) {
        String model = candidate.getModel();
        try {
            Optional<LiveVersion> live = log.live(model);
            Optional<CheckpointLineage> liveLineage = live.flatMap(version -> log.manifest(model, version.getVersion()))
                    .map(CheckpointManifest::getLineage);
            PromotionGate.Verdict verdict = gate.judge(candidate, live, liveLineage);
            if (verdict instanceof PromotionGate.Verdict.Hold) {
                held(candidate, verdict.reason());
                trace.held(verdict.reason());
                return;
            }
            PromotionResult result = promotion.promote(model, candidate.getVersion(), verdict.reason(), DECIDED_BY);
            if (result instanceof PromotionResult.Refused refused) {
                held(candidate, refused.reason());
                trace.held(refused.reason());
                return;
            }
            metrics.promoted(candidate.getVersion());
            trace.promoted(verdict.reason());
        } catch (CheckpointReadException | KafkaException e) {
            LOG.warn("promotion failed model={} checkpoint={}", model, candidate.getVersion(), e);
            metrics.held();
        }
    }

    private boolean isLiveOrOlder(CheckpointLineage lineage) {
        try {
            return log.live(lineage.getModel())
                    .map(live -> live.getVersion() >= lineage.getVersion())
                    .orElse(false);
        } catch (CheckpointReadException e) {
            LOG.warn("live version unknown model={}", lineage.getModel(), e);
            return true;
        }
    }

    private void held(CheckpointLineage candidate, String reason) {
        LOG.warn(
                "checkpoint not promoted model={} checkpoint={} reason={}",
                candidate.getModel(),
                candidate.getVersion(),
                reason);
        metrics.held();
    }

    /** A failure leaves the writer in need of a new start, which the next publish makes. */
    private void tidy() {
        try {
            retention.run();
        } catch (WriterFencedException e) {
            fenced = e;
        } catch (PublishException e) {
            writerFailed = true;
            LOG.warn("retention failed; it is tried again after the next checkpoint", e);
        } catch (CheckpointReadException | KafkaException e) {
            LOG.warn("retention failed; it is tried again after the next checkpoint", e);
        }
    }

    private static <V> V await(CompletableFuture<V> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while a checkpoint was published", e);
        } catch (ExecutionException | CompletionException | CancellationException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException("Publishing failed", cause);
        }
    }
}
