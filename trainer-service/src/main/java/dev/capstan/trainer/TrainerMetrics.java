package dev.capstan.trainer;

import dev.capstan.checkpoints.Published;
import dev.capstan.platform.Freshness;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;

/** What the trainer counts and measures. Safe for use by several threads. */
final class TrainerMetrics {
    private final Counter trained;
    private final Counter replayed;
    private final Counter unreadable;
    private final Counter takenDown;
    private final Counter refused;
    private final Counter reloads;
    private final Counter promoted;
    private final Counter held;
    private final Counter bytesPublished;
    private final Timer steps;
    private final Timer evaluation;
    private final Timer snapshot;
    private final Timer publish;
    private final Freshness freshness;
    private final AtomicLong queuedPairs = new AtomicLong();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicLong version = new AtomicLong();
    private final AtomicLong liveVersion = new AtomicLong();
    private volatile double contrastiveLoss = Double.NaN;
    private volatile double captionLoss = Double.NaN;
    private volatile double recallAt1 = Double.NaN;
    private volatile double zeroShotTop1 = Double.NaN;

    TrainerMetrics(MeterRegistry registry) {
        trained = pairs(registry, "trained");
        replayed = pairs(registry, "replayed");
        unreadable = pairs(registry, "unreadable");
        takenDown = pairs(registry, "taken-down");
        refused = pairs(registry, "refused");
        reloads = Counter.builder("capstan.trainer.reloads")
                .description("times the weights were dropped for the last committed checkpoint")
                .register(registry);
        promoted = decisions(registry, "promoted");
        held = decisions(registry, "held");
        bytesPublished = Counter.builder("capstan.trainer.checkpoint.bytes")
                .description("tensor bytes added to the checkpoint log")
                .baseUnit("bytes")
                .register(registry);
        steps = timer(registry, "capstan.trainer.step", "optimiser steps");
        evaluation = timer(registry, "capstan.trainer.evaluation", "scoring of held-out pairs");
        snapshot = timer(registry, "capstan.trainer.snapshot", "copying of weights for a checkpoint");
        publish = timer(registry, "capstan.trainer.publish", "writing of a checkpoint, until readers see it");
        freshness = new Freshness(registry, Freshness.Stage.TRAINED);
        Gauge.builder("capstan.trainer.queue.pairs", queuedPairs, AtomicLong::get)
                .description("pairs between the consumer and the model")
                .register(registry);
        Gauge.builder("capstan.trainer.queue.bytes", queuedBytes, AtomicLong::get)
                .description("bytes of records between the consumer and the model")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("capstan.trainer.checkpoint.version", version, AtomicLong::get)
                .description("newest committed version")
                .register(registry);
        Gauge.builder("capstan.trainer.live.version", liveVersion, AtomicLong::get)
                .description("newest version that this trainer promoted")
                .register(registry);
        Gauge.builder("capstan.trainer.loss.contrastive", this, metrics -> metrics.contrastiveLoss)
                .description("contrastive loss of the last step before its update, in nats")
                .register(registry);
        Gauge.builder("capstan.trainer.loss.caption", this, metrics -> metrics.captionLoss)
                .description("caption loss of the last step before its update, in nats a token")
                .register(registry);
        Gauge.builder("capstan.trainer.heldout.recall.at1", this, metrics -> metrics.recallAt1)
                .description("held-out recall at 1 of the last checkpoint")
                .register(registry);
        Gauge.builder("capstan.trainer.heldout.zeroshot.top1", this, metrics -> metrics.zeroShotTop1)
                .description("held-out zero-shot top-1 of the last checkpoint")
                .register(registry);
    }

    void stepped(Learner.Learnt learnt, int trainedPairs, int replayedPairs, Duration took) {
        trained.increment(trainedPairs);
        replayed.increment(replayedPairs);
        steps.record(took);
        contrastiveLoss = learnt.contrastive().orElse(contrastiveLoss);
        captionLoss = learnt.caption().orElse(captionLoss);
    }

    void learnt(Instant crawledAt, Instant now) {
        freshness.reached(crawledAt, now);
    }

    void refused(int pairs) {
        refused.increment(pairs);
    }

    void takenDown() {
        takenDown.increment();
    }

    void unreadable() {
        unreadable.increment();
    }

    void queue(int pairs, long bytes) {
        queuedPairs.set(pairs);
        queuedBytes.set(bytes);
    }

    void evaluated(OptionalDouble recall, OptionalDouble zeroShot, Duration took) {
        evaluation.record(took);
        recallAt1 = recall.orElse(recallAt1);
        zeroShotTop1 = zeroShot.orElse(zeroShotTop1);
    }

    void copied(Duration took) {
        snapshot.record(took);
    }

    void published(Published published, Duration took) {
        publish.record(took);
        bytesPublished.increment((double) published.bytesPublished());
        version.set(published.version());
    }

    void loaded(long loadedVersion) {
        version.set(loadedVersion);
    }

    void reloaded() {
        reloads.increment();
    }

    void promoted(long promotedVersion) {
        promoted.increment();
        liveVersion.set(promotedVersion);
    }

    void held() {
        held.increment();
    }

    private static Counter pairs(MeterRegistry registry, String fate) {
        return Counter.builder("capstan.trainer.pairs")
                .description("pairs by what became of them")
                .tag("fate", fate)
                .register(registry);
    }

    private static Counter decisions(MeterRegistry registry, String decision) {
        return Counter.builder("capstan.trainer.promotions")
                .description("checkpoints by what the gate decided")
                .tag("decision", decision)
                .register(registry);
    }

    private static Timer timer(MeterRegistry registry, String name, String description) {
        return Timer.builder(name).description(description).register(registry);
    }
}
