package dev.capstan.checkpoints;

import dev.capstan.checkpoints.RecordKeys.VersionKey;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.RegistryUnavailableException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.TensorChunk;
import dev.capstan.schemas.records.TensorRole;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Reads the checkpoint log: committed records only, without a consumer group, every call bounded by the limits' timeout.
 *
 * <p>One thread at a time; {@link #wakeup()} may be called from any and makes the read in progress, or the next one,
 * throw Kafka's WakeupException. What cannot be read is a {@link CheckpointReadException}.
 */
public final class CheckpointLog implements AutoCloseable {
    private final ReadLimits limits;
    private final PartitionReader reader;
    private final CompactedView manifests;
    private final CompactedView live;
    private final AvroDeserializer<CheckpointManifest> manifestDeserializer;
    private final AvroDeserializer<CheckpointLineage> lineageDeserializer;
    private final AvroDeserializer<LiveVersion> liveDeserializer;
    private final AvroDeserializer<TensorChunk> chunkDeserializer;
    private final TensorFetch fetch;
    private final OpenTransactions openTransactions;

    public CheckpointLog(Map<String, Object> clientProperties) {
        this(clientProperties, ReadLimits.defaults());
    }

    /** @param clientProperties {@code bootstrap.servers}, {@code schema.registry.url}, and what else clients need */
    public CheckpointLog(Map<String, Object> clientProperties, ReadLimits limits) {
        this.limits = limits;
        manifestDeserializer = LogClients.deserializer(clientProperties, CheckpointManifest.class);
        lineageDeserializer = LogClients.deserializer(clientProperties, CheckpointLineage.class);
        liveDeserializer = LogClients.deserializer(clientProperties, LiveVersion.class);
        chunkDeserializer = LogClients.deserializer(clientProperties, TensorChunk.class);
        reader = new PartitionReader(LogClients.boundedReader(clientProperties));
        manifests = new CompactedView(reader, Topics.CHECKPOINTS_MANIFESTS.topicName());
        live = new CompactedView(reader, Topics.CHECKPOINTS_LIVE.topicName());
        openTransactions = new OpenTransactions(clientProperties, reader);
        fetch = new TensorFetch(reader, chunkDeserializer, limits);
    }

    /** The manifest with the highest version that is still kept. */
    public Optional<CheckpointManifest> latest(String model) {
        manifests.catchUp(deadline());
        return manifests.keys().stream()
                .flatMap(key -> VersionKey.parse(key).stream())
                .filter(key -> key.model().equals(model))
                .max(Comparator.comparingLong(VersionKey::version))
                .flatMap(this::keptManifest);
    }

    public Optional<CheckpointManifest> manifest(String model, long version) {
        manifests.catchUp(deadline());
        return keptManifest(new VersionKey(model, version));
    }

    /** The headers that a version's manifest was written with, as far as the log was read by the last call. */
    public Headers manifestHeaders(String model, long version) {
        return manifests.headers(new VersionKey(model, version).text());
    }

    /** Every manifest that is still kept, of every model, by model and version. */
    public List<CheckpointManifest> manifests() {
        manifests.catchUp(deadline());
        return manifests.keys().stream()
                .flatMap(key -> VersionKey.parse(key).stream())
                .sorted(Comparator.comparing(VersionKey::model).thenComparing(VersionKey::version))
                .flatMap(key -> keptManifest(key).stream())
                .toList();
    }

    /** The version that a model should serve. */
    public Optional<LiveVersion> live(String model) {
        live.catchUp(deadline());
        return Optional.ofNullable(
                decode(Topics.CHECKPOINTS_LIVE, "live version of " + model, liveDeserializer, live.value(model)));
    }

    /** The version that each model should serve. */
    public List<LiveVersion> live() {
        live.catchUp(deadline());
        return live.keys().stream()
                .sorted()
                .map(model -> decode(
                        Topics.CHECKPOINTS_LIVE, "live version of " + model, liveDeserializer, live.value(model)))
                .flatMap(record -> Optional.ofNullable(record).stream())
                .toList();
    }

    /** Every version there ever was of a model, ascending. */
    public List<CheckpointLineage> lineage(String model) {
        Map<Long, CheckpointLineage> versions = new TreeMap<>();
        new TopicCursor(reader, Topics.CHECKPOINTS_LINEAGE.topicName())
                .catchUp(
                        deadline(),
                        record -> VersionKey.parse(record.key())
                                .filter(key -> key.model().equals(model))
                                .ifPresent(key -> {
                                    CheckpointLineage lineage = decode(
                                            Topics.CHECKPOINTS_LINEAGE,
                                            key.text(),
                                            lineageDeserializer,
                                            record.value());
                                    if (lineage == null) {
                                        versions.remove(key.version());
                                        return;
                                    }
                                    versions.put(key.version(), lineage);
                                }));
        return List.copyOf(versions.values());
    }

    /**
     * A version and what it came from, the oldest first.
     *
     * @throws CheckpointRefusedException if the version or one before it is not there, or a parent is not older
     */
    public List<CheckpointLineage> lineageChain(String model, long version) {
        Map<Long, CheckpointLineage> all = new HashMap<>();
        lineage(model).forEach(lineage -> all.put(lineage.getVersion(), lineage));
        List<CheckpointLineage> chain = new ArrayList<>();
        Long next = version;
        while (next != null) {
            CheckpointLineage lineage = all.get(next);
            if (lineage == null) {
                throw new CheckpointRefusedException("No lineage of " + model + " version " + next + " is in the log");
            }
            Long parent = lineage.getParent();
            if (parent != null && parent >= next) {
                throw new CheckpointRefusedException(
                        "Lineage of " + model + " version " + next + " names version " + parent + " as its parent");
            }
            chain.add(lineage);
            next = parent;
        }
        Collections.reverse(chain);
        return chain;
    }

    /**
     * The tensors of some roles, in the manifest's order, without those whose digests are known. Each is verified
     * against its digest.
     *
     * @throws CheckpointRefusedException if the manifest lies or goes over a limit, or a tensor is missing or corrupt
     * @throws CheckpointUnavailableException if the cluster or the registry does not answer in time
     */
    public List<TensorValue> fetch(CheckpointManifest manifest, Set<TensorRole> roles, Set<String> knownDigests) {
        try {
            return fetch.fetch(manifest, roles, knownDigests, deadline());
        } catch (RegistryUnavailableException e) {
            throw unanswered(e);
        }
    }

    /** Bytes of tensors that {@link #fetch} read since the start. */
    public long bytesFetched() {
        return fetch.bytesFetched();
    }

    /** Makes the read in progress, or the next one, throw Kafka's WakeupException. */
    public void wakeup() {
        reader.wakeup();
    }

    @Override
    public void close() {
        reader.close();
        manifestDeserializer.close();
        lineageDeserializer.close();
        liveDeserializer.close();
        chunkDeserializer.close();
    }

    /**
     * Why a manifest cannot be had: refused if it is surely not there, unavailable if an open transaction may hide it.
     */
    CheckpointReadException missing(String model, long version) {
        String text = "No manifest of " + model + " version " + version + " is in the log";
        boolean decided = openTransactions.isDecided(Topics.CHECKPOINTS_MANIFESTS, deadline());
        manifests.catchUp(deadline());
        boolean absent = manifests.value(new VersionKey(model, version).text()) == null;
        return decided && absent
                ? new CheckpointRefusedException(text)
                : new CheckpointUnavailableException(text + " yet", null);
    }

    OpenTransactions openTransactions() {
        return openTransactions;
    }

    ReadLimits limits() {
        return limits;
    }

    private Optional<CheckpointManifest> keptManifest(VersionKey key) {
        CheckpointManifest manifest =
                decode(Topics.CHECKPOINTS_MANIFESTS, key.text(), manifestDeserializer, manifests.value(key.text()));
        if (manifest == null) {
            return Optional.empty();
        }
        CheckpointLineage lineage = manifest.getLineage();
        if (!lineage.getModel().equals(key.model()) || lineage.getVersion() != key.version()) {
            throw new CheckpointRefusedException("The manifest under key " + key.text() + " is of " + lineage.getModel()
                    + " version " + lineage.getVersion());
        }
        return Optional.of(manifest);
    }

    private static <T extends SpecificRecord> @Nullable T decode(
            Topics topic, String what, AvroDeserializer<T> deserializer, byte @Nullable [] value) {
        try {
            return deserializer.deserialize(topic.topicName(), value);
        } catch (PoisonRecordException e) {
            throw new CheckpointRefusedException(
                    "The record of " + what + " in " + topic.topicName() + " cannot be read", e);
        } catch (RegistryUnavailableException e) {
            throw unanswered(e);
        }
    }

    private static CheckpointUnavailableException unanswered(RegistryUnavailableException cause) {
        return new CheckpointUnavailableException("The schema registry did not answer: " + cause.getMessage(), cause);
    }

    private Deadline deadline() {
        return Deadline.after(limits.timeout());
    }
}
