package dev.capstan.checkpoints;

import dev.capstan.checkpoints.RecordKeys.VersionKey;
import dev.capstan.checkpoints.TensorIndex.StoredKey;
import dev.capstan.checkpoints.TransactionalProducer.Sender;
import dev.capstan.schemas.Topics;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes from the log what one model no longer needs: manifests beyond the newest, and tensors that no manifest has
 * needed for the grace. Lineage stays for ever.
 *
 * <p>Runs on the thread that owns the writer, between publishes, with the writer's producer: a fenced trainer removes
 * nothing, and nothing is published while something is removed. Against everybody else (a person who rolls back, the
 * trainer of another model that comes to need the same tensor) each removal is sent first, then it is checked again that
 * nothing needs it, and only then is it committed.
 *
 * <p>The grace is counted from when this object first saw a tensor unneeded, so a restart begins it anew.
 */
public final class CheckpointRetention implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointRetention.class);

    private final CheckpointWriter writer;
    private final String model;
    private final RetentionPolicy policy;
    private final Clock clock;
    private final CheckpointLog log;
    private final Map<String, Instant> unneededSince = new HashMap<>();

    /**
     * @param writer the initialised writer of the model; not closed by this
     * @param clientProperties as the writer's
     */
    public CheckpointRetention(
            CheckpointWriter writer,
            Map<String, Object> clientProperties,
            String model,
            RetentionPolicy policy,
            Clock clock) {
        this.writer = writer;
        this.model = model;
        this.policy = policy;
        this.clock = clock;
        log = new CheckpointLog(clientProperties);
    }

    /**
     * Removes what may be removed now, at most the policy's bound of records.
     *
     * @throws PublishException as from a publish: initialise the writer again, or stop if it was fenced
     * @throws CheckpointReadException if the log cannot be read; nothing was removed
     */
    public RetentionReport run() {
        List<Long> removable = plan().removableManifests();
        List<Long> bounded = removable.subList(0, Math.min(policy.maxTombstones(), removable.size()));
        boolean manifestsGone = bounded.isEmpty() || removeManifests(bounded);

        writer.index().catchUp(Deadline.after(writer.options().timeout()));
        Map<String, List<StoredKey>> ripe = ripeTensors(policy.maxTombstones() - bounded.size());
        boolean tensorsGone = ripe.isEmpty() || removeTensors(ripe);
        if (tensorsGone) {
            unneededSince.keySet().removeAll(ripe.keySet());
        }
        RetentionReport report = new RetentionReport(
                manifestsGone ? bounded : List.of(),
                tensorsGone ? ripe.size() : 0,
                unneededSince.size(),
                !manifestsGone || !tensorsGone);
        if (!report.manifestsRemoved().isEmpty() || report.tensorsRemoved() > 0) {
            LOG.info(
                    "checkpoint log cleaned model={} manifests={} tensors={} waiting={}",
                    model,
                    report.manifestsRemoved(),
                    report.tensorsRemoved(),
                    report.tensorsWaiting());
        }
        return report;
    }

    @Override
    public void close() {
        log.close();
    }

    private RetentionPlan plan() {
        return new RetentionPlan(model, policy, log.manifests(), log.live());
    }

    private boolean removeManifests(List<Long> versions) {
        return removeUnless(
                () -> log.live().stream()
                        .anyMatch(live -> live.getModel().equals(model) && versions.contains(live.getVersion())),
                sender -> versions.forEach(version -> sender.send(new ProducerRecord<>(
                        Topics.CHECKPOINTS_MANIFESTS.topicName(), new VersionKey(model, version).text(), null))));
    }

    private boolean removeTensors(Map<String, List<StoredKey>> tensors) {
        return removeUnless(
                () -> !isEveryManifestVisible()
                        || plan().neededDigests().stream().anyMatch(tensors::containsKey),
                sender -> tensors.values()
                        .forEach(keys -> keys.forEach(key -> sender.send(new ProducerRecord<>(
                                Topics.CHECKPOINTS_TENSORS.topicName(), key.partition(), key.key(), null)))));
    }

    private boolean isEveryManifestVisible() {
        return log.openTransactions()
                .isDecided(
                        Topics.CHECKPOINTS_MANIFESTS,
                        Deadline.after(writer.options().timeout()));
    }

    /** Sends the removals, then asks whether anything needs what they remove, and commits only if not. */
    private boolean removeUnless(BooleanSupplier isNeeded, Consumer<Sender> removals) {
        Optional<List<RecordMetadata>> removed = writer.transactions().transactIf(sender -> {
            removals.accept(sender);
            List<RecordMetadata> places = sender.flush();
            return isNeeded.getAsBoolean() ? Optional.empty() : Optional.of(places);
        });
        removed.ifPresent(writer::awaitVisible);
        return removed.isPresent();
    }

    /** Tensors whose grace is over, with the keys of their pieces, as many as fit whole into the bound. */
    private Map<String, List<StoredKey>> ripeTensors(int maxTombstones) {
        Set<String> needed = plan().neededDigests();
        Set<String> held = writer.index().digests();
        unneededSince.keySet().removeIf(digest -> needed.contains(digest) || !held.contains(digest));
        Instant now = clock.instant();
        held.stream()
                .filter(digest -> !needed.contains(digest))
                .forEach(digest -> unneededSince.putIfAbsent(digest, now));

        Map<String, List<StoredKey>> ripe = new HashMap<>();
        int left = maxTombstones;
        for (String digest : new ArrayList<>(unneededSince.keySet())) {
            Instant since = unneededSince.getOrDefault(digest, now);
            List<StoredKey> keys = writer.index().keys(digest);
            if (since.plus(policy.grace()).isAfter(now) || keys.size() > left) {
                continue;
            }
            ripe.put(digest, keys);
            left -= keys.size();
        }
        return ripe;
    }
}
