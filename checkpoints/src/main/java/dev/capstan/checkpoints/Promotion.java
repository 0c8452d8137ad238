package dev.capstan.checkpoints;

import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.LiveAction;
import dev.capstan.schemas.records.LiveVersion;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which version of a model is served, by a record in checkpoints.live. One thread at a time.
 *
 * <p>A decision is refused if it names a version whose manifest is not in the log, or goes the wrong way: a promotion
 * goes forward, a rollback goes back.
 */
public final class Promotion implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Promotion.class);
    private static final Duration CLOSE = Duration.ofSeconds(10);

    private final CheckpointLog log;
    private final Producer<String, SpecificRecord> producer;
    private final Clock clock;

    public Promotion(Map<String, Object> clientProperties) {
        this(clientProperties, ReadLimits.defaults(), Clock.systemUTC());
    }

    public Promotion(Map<String, Object> clientProperties, ReadLimits limits, Clock clock) {
        this.clock = clock;
        log = new CheckpointLog(clientProperties, limits);
        producer = LogClients.idempotent(clientProperties);
    }

    /**
     * Serves a newer version, or the first one.
     *
     * @param reason why, in one sentence
     * @param decidedBy who or what decided
     * @throws CheckpointReadException if the log cannot be read
     * @throws CheckpointUnavailableException if the decision could not be written; it may be made again
     */
    public PromotionResult promote(String model, long version, String reason, String decidedBy) {
        return decide(model, version, LiveAction.PROMOTE, reason, decidedBy);
    }

    /** Serves an earlier version again; otherwise as {@link #promote}. */
    public PromotionResult rollback(String model, long version, String reason, String decidedBy) {
        return decide(model, version, LiveAction.ROLLBACK, reason, decidedBy);
    }

    @Override
    public void close() {
        producer.close(CLOSE);
        log.close();
    }

    private PromotionResult decide(String model, long version, LiveAction action, String reason, String decidedBy) {
        if (log.manifest(model, version).isEmpty()) {
            return refused(log.missing(model, version));
        }
        Optional<LiveVersion> live = log.live(model);
        if (live.isPresent() && live.get().getVersion() == version) {
            return new PromotionResult.Unchanged(live.get());
        }
        Optional<String> wrongWay = wrongWay(model, version, action, live);
        if (wrongWay.isPresent()) {
            return new PromotionResult.Refused(wrongWay.get());
        }
        LiveVersion decision = new LiveVersion(model, version, action, reason, decidedBy, clock.instant());
        write(decision);
        LOG.info("live version changed model={} checkpoint={} action={} reason={}", model, version, action, reason);
        return new PromotionResult.Changed(decision);
    }

    private static PromotionResult refused(CheckpointReadException missing) {
        if (missing instanceof CheckpointUnavailableException) {
            throw missing;
        }
        return new PromotionResult.Refused(String.valueOf(missing.getMessage()));
    }

    private static Optional<String> wrongWay(
            String model, long version, LiveAction action, Optional<LiveVersion> live) {
        if (action == LiveAction.ROLLBACK && live.isEmpty()) {
            return Optional.of("Nothing of " + model + " is live, so there is nothing to roll back from");
        }
        if (action == LiveAction.ROLLBACK && live.get().getVersion() < version) {
            return Optional.of("Version " + version + " of " + model + " is newer than the live version "
                    + live.get().getVersion() + ": promote it instead");
        }
        if (action == LiveAction.PROMOTE && live.isPresent() && live.get().getVersion() > version) {
            return Optional.of("Version " + version + " of " + model + " is older than the live version "
                    + live.get().getVersion() + ": roll back to it instead");
        }
        return Optional.empty();
    }

    private void write(LiveVersion decision) {
        try {
            producer.send(new ProducerRecord<>(Topics.CHECKPOINTS_LIVE.topicName(), decision.getModel(), decision))
                    .get(log.limits().timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new CheckpointUnavailableException(
                    "The live version " + decision.getVersion() + " of " + decision.getModel()
                            + " could not be written",
                    e);
        }
    }
}
