package dev.capstan.checkpoints;

import dev.capstan.checkpoints.RecordKeys.ChunkKey;
import dev.capstan.checkpoints.RecordKeys.VersionKey;
import dev.capstan.checkpoints.TensorIndex.Location;
import dev.capstan.checkpoints.TransactionalProducer.Sender;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.PartitionOffset;
import dev.capstan.schemas.records.TensorChunk;
import dev.capstan.schemas.records.TensorEntry;
import dev.capstan.schemas.records.TensorRole;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes checkpoints: the tensors that the log lacks, the manifest, the lineage and the consumer's offsets in one
 * transaction. Followers see all of it or nothing.
 *
 * <p>One thread owns a writer. States: made, ready (after {@link #initialise}, which fences every other writer with the
 * same transactional id), failed (after a {@link PublishException}; initialise again), closed.
 */
public final class CheckpointWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointWriter.class);
    private static final long VISIBILITY_CHECK_NANOS = Duration.ofMillis(1).toNanos();
    private static final Duration VISIBILITY_TIMEOUT = Duration.ofSeconds(10);
    private static final int REPAIRS = 3;

    private final WriterOptions options;
    private final PublishStages stages;
    private final Clock clock;
    private final PartitionReader reader;
    private final AvroDeserializer<TensorChunk> chunkDeserializer;
    private final TensorIndex index;
    private final VersionIndex versions;
    private final DigestMemo digests = new DigestMemo();
    private final OpenTransactions openTransactions;
    private final TransactionalProducer transactions;

    /** A tensor under one name and role, with its digest. */
    private record Named(TensorValue tensor, TensorRole role, String digest) {}

    /** Places in the list of acknowledgements of a tensor's first and last piece. */
    private record Pieces(int partition, int chunks, int first, int last) {}

    /** What one transaction wrote, and the places of all its records, those of tensors first. */
    private record Written(
            CheckpointManifest manifest, Map<String, Location> sent, int tensorRecords, List<RecordMetadata> places) {
        List<RecordMetadata> tensorPlaces() {
            return places.subList(0, tensorRecords);
        }
    }

    public CheckpointWriter(Map<String, Object> clientProperties, String transactionalId) {
        this(clientProperties, transactionalId, WriterOptions.defaults(), PublishStages.none(), Clock.systemUTC());
    }

    /**
     * @param clientProperties {@code bootstrap.servers}, {@code schema.registry.url}, and what else clients need
     * @param transactionalId one for all incarnations of the trainer of one model
     * @param stages called between the stages of a publish
     */
    public CheckpointWriter(
            Map<String, Object> clientProperties,
            String transactionalId,
            WriterOptions options,
            PublishStages stages,
            Clock clock) {
        this.options = options;
        this.stages = stages;
        this.clock = clock;
        reader = new PartitionReader(LogClients.boundedReader(clientProperties));
        chunkDeserializer = LogClients.deserializer(clientProperties, TensorChunk.class);
        index = new TensorIndex(reader, chunkDeserializer);
        versions = new VersionIndex(reader);
        openTransactions = new OpenTransactions(clientProperties, reader);
        transactions = new TransactionalProducer(
                () -> LogClients.transactional(clientProperties, transactionalId, options),
                transactionalId,
                options.transactionTimeout());
    }

    /**
     * Fences every other writer with this transactional id, settles what it or this one left open, and reads which
     * tensors and versions the log holds. Whoever reads the log afterwards sees the last checkpoint that was committed.
     *
     * @throws CheckpointUnavailableException if the cluster does not answer in time, or the open transaction of another
     *     model's writer hides what is there
     * @throws WriterFencedException if another writer initialises at the same time
     */
    public void initialise() {
        Deadline deadline = Deadline.after(options.timeout());
        transactions.initialise(deadline);
        // What is committed but hidden would be overwritten, and trained again.
        openTransactions.awaitDecided(Topics.CHECKPOINTS_LINEAGE, deadline);
        openTransactions.awaitDecided(Topics.CHECKPOINTS_MANIFESTS, deadline);
        index.catchUp(deadline);
        versions.catchUp(deadline);
    }

    /** Publishes a checkpoint that consumed nothing, such as an imported one. */
    public Published publish(CheckpointDraft draft) {
        return write(draft, Map.of(), List.of(), sender -> {});
    }

    /**
     * Publishes a checkpoint and returns when read_committed readers see it.
     *
     * @param offsets next offset to read of every partition that the model consumes; goes into the lineage and to the
     *     consumer group
     * @param group the group whose consumer read them
     * @throws PublishException if it did not end in a known commit: drop the weights, initialise, read the log
     * @throws CheckpointUnavailableException if the log could not be read beforehand; nothing was written
     */
    public Published publish(
            CheckpointDraft draft, Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
        return publish(draft, offsets, group, List.of());
    }

    /**
     * As above, with headers on the manifest's record: what followers should know of how it came about, and the checkpoint
     * does not depend on.
     */
    public Published publish(
            CheckpointDraft draft,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            ConsumerGroupMetadata group,
            Iterable<Header> headers) {
        return write(draft, offsets, headers, sender -> sender.producer().sendOffsetsToTransaction(offsets, group));
    }

    private Published write(
            CheckpointDraft draft,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            Iterable<Header> headers,
            Consumer<Sender> sendOffsets) {
        List<Named> tensors = named(draft);
        Deadline deadline = Deadline.after(options.timeout());
        versions.catchUp(deadline);
        index.catchUp(deadline);
        long version = versions.newest(draft.model()) + 1;
        refuseImpossibleParent(draft, version);
        List<TopicPartition> partitions = reader.partitions(Topics.CHECKPOINTS_TENSORS.topicName(), deadline);

        Written written = transactions.transact(sender -> {
            stages.beforeTensors();
            Map<String, Location> sent = new LinkedHashMap<>();
            int tensorRecords =
                    sendMissing(sender, tensors, partitions.size(), sent).size();
            CheckpointManifest manifest = manifest(draft, version, offsets, tensors, sent);
            List<RecordMetadata> places = sendRecords(sender, manifest, headers);
            sendOffsets.accept(sender);
            stages.beforeCommit();
            return new Written(manifest, sent, tensorRecords, places);
        });
        versions.committed(draft.model(), version);
        stages.afterCommit();

        adopt(written.sent(), written.tensorPlaces());
        awaitVisible(written.places());
        repair(tensors, partitions.size());
        Published published = new Published(written.manifest(), written.sent().size());
        LOG.info(
                "checkpoint published model={} checkpoint={} tensors={} bytesPublished={} bytesTotal={}",
                draft.model(),
                version,
                published.tensorsSent(),
                published.bytesPublished(),
                written.manifest().getLineage().getBytesTotal());
        return published;
    }

    @Override
    public void close() {
        transactions.close();
        reader.close();
        chunkDeserializer.close();
    }

    TransactionalProducer transactions() {
        return transactions;
    }

    TensorIndex index() {
        return index;
    }

    WriterOptions options() {
        return options;
    }

    private static void refuseImpossibleParent(CheckpointDraft draft, long version) {
        if (draft.parent().isPresent() && draft.parent().getAsLong() >= version) {
            throw new IllegalArgumentException("Version " + version + " of " + draft.model()
                    + " cannot come from version " + draft.parent().getAsLong());
        }
    }

    private List<Named> named(CheckpointDraft draft) {
        List<Named> named = new ArrayList<>();
        draft.serving().forEach(tensor -> named.add(new Named(tensor, TensorRole.SERVING, digests.digest(tensor))));
        draft.trainingState()
                .forEach(tensor -> named.add(new Named(tensor, TensorRole.TRAINING_STATE, digests.digest(tensor))));
        return named;
    }

    /** Sends what the log lacks, waits for it, and puts where each tensor lies into {@code sent}. */
    private List<RecordMetadata> sendMissing(
            Sender sender, List<Named> tensors, int partitions, Map<String, Location> sent) {
        Map<String, Pieces> pieces = new LinkedHashMap<>();
        for (Named named : tensors) {
            if (!pieces.containsKey(named.digest())
                    && index.find(named.digest()).isEmpty()) {
                pieces.put(named.digest(), sendPieces(sender, named, partitions));
            }
        }
        List<RecordMetadata> places = sender.flush();
        pieces.forEach((digest, piece) -> sent.put(
                digest,
                new Location(piece.partition(), places.get(piece.first()).offset(), piece.chunks())));
        return places;
    }

    private Pieces sendPieces(Sender sender, Named named, int partitions) {
        ByteBuffer bytes = named.tensor().bytes();
        int size = bytes.remaining();
        int chunks = Math.max(1, (int) (((long) size + options.chunkBytes() - 1) / options.chunkBytes()));
        // All pieces of a digest share a partition, the same one whenever it is sent, so that compaction sees them.
        int partition = Math.floorMod(Integer.parseUnsignedInt(named.digest().substring(0, 8), 16), partitions);
        int first = -1;
        int last = -1;
        for (int i = 0; i < chunks; i++) {
            int from = i * options.chunkBytes();
            ByteBuffer data = bytes.slice(bytes.position() + from, Math.min(options.chunkBytes(), size - from));
            last = sender.send(new ProducerRecord<>(
                    Topics.CHECKPOINTS_TENSORS.topicName(),
                    partition,
                    new ChunkKey(named.digest(), i).text(),
                    new TensorChunk(named.digest(), i, chunks, data)));
            first = i == 0 ? last : first;
        }
        return new Pieces(partition, chunks, first, last);
    }

    private CheckpointManifest manifest(
            CheckpointDraft draft,
            long version,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            List<Named> tensors,
            Map<String, Location> sent) {
        Map<String, Long> sizes = new HashMap<>();
        List<TensorEntry> entries = new ArrayList<>();
        for (Named named : tensors) {
            TensorEntry entry = entry(named, location(named.digest(), sent));
            entries.add(entry);
            sizes.put(named.digest(), entry.getBytes());
        }
        CheckpointLineage lineage = new CheckpointLineage(
                draft.model(),
                version,
                draft.parent().isPresent() ? draft.parent().getAsLong() : null,
                draft.step(),
                draft.mode(),
                draft.shards(),
                draft.replayed(),
                positions(offsets),
                draft.pairs(),
                draft.trainingSeconds(),
                draft.policyVersions(),
                draft.losses(),
                draft.evaluation(),
                sent.keySet().stream().mapToLong(sizes::get).sum(),
                sizes.values().stream().mapToLong(Long::longValue).sum(),
                clock.instant(),
                draft.crawled());
        return new CheckpointManifest(lineage, draft.architecture(), entries);
    }

    private Location location(String digest, Map<String, Location> sent) {
        Location location = sent.get(digest);
        return location != null
                ? location
                : index.find(digest)
                        .orElseThrow(() -> new IllegalStateException("Tensor " + digest + " is neither sent nor held"));
    }

    private static TensorEntry entry(Named named, Location location) {
        TensorValue tensor = named.tensor();
        return new TensorEntry(
                tensor.name(),
                tensor.type().name(),
                LongStream.of(tensor.shape()).boxed().toList(),
                named.role(),
                named.digest(),
                (long) tensor.bytes().remaining(),
                location.chunks(),
                location.partition(),
                location.firstOffset());
    }

    private static List<PartitionOffset> positions(Map<TopicPartition, OffsetAndMetadata> offsets) {
        return offsets.entrySet().stream()
                .map(entry -> new PartitionOffset(
                        entry.getKey().topic(),
                        entry.getKey().partition(),
                        entry.getValue().offset()))
                .sorted(Comparator.comparing(PartitionOffset::getTopic).thenComparing(PartitionOffset::getPartition))
                .toList();
    }

    private static List<RecordMetadata> sendRecords(
            Sender sender, CheckpointManifest manifest, Iterable<Header> headers) {
        CheckpointLineage lineage = manifest.getLineage();
        String key = new VersionKey(lineage.getModel(), lineage.getVersion()).text();
        sender.send(record(Topics.CHECKPOINTS_MANIFESTS, key, manifest, headers));
        sender.send(record(Topics.CHECKPOINTS_LINEAGE, key, lineage, List.of()));
        return sender.flush();
    }

    private static ProducerRecord<String, SpecificRecord> record(
            Topics topic, String key, SpecificRecord value, Iterable<Header> headers) {
        return new ProducerRecord<>(topic.topicName(), null, key, value, headers);
    }

    private void adopt(Map<String, Location> sent, List<RecordMetadata> places) {
        sent.forEach(index::addCommitted);
        Map<TopicPartition, LongSummaryStatistics> runs = new HashMap<>();
        for (RecordMetadata place : places) {
            runs.computeIfAbsent(partition(place), partition -> new LongSummaryStatistics())
                    .accept(place.offset());
        }
        runs.forEach((partition, run) -> index.skip(partition, run.getMin(), run.getMax(), run.getCount()));
    }

    /** A commit returns before its markers stand in every partition; until then readers see nothing, or a part. */
    void awaitVisible(List<RecordMetadata> places) {
        Map<TopicPartition, Long> last = new HashMap<>();
        places.forEach(place -> last.merge(partition(place), place.offset(), Math::max));
        Deadline deadline = Deadline.after(VISIBILITY_TIMEOUT);
        while (!isVisible(last, deadline)) {
            if (deadline.isOver()) {
                LOG.warn("checkpoint committed, but held up by another writer's open transaction in {}", last.keySet());
                return;
            }
            LockSupport.parkNanos(VISIBILITY_CHECK_NANOS);
        }
    }

    private boolean isVisible(Map<TopicPartition, Long> last, Deadline deadline) {
        Map<TopicPartition, Long> ends = reader.endOffsets(last.keySet(), deadline);
        return last.entrySet().stream().allMatch(place -> ends.getOrDefault(place.getKey(), 0L) > place.getValue());
    }

    /**
     * Sends again what another model's retention removed while the transaction was open: it looked before the manifest
     * was there, so it cannot have known that the tensor is in use again.
     */
    private void repair(List<Named> tensors, int partitions) {
        for (int attempt = 0; attempt < REPAIRS; attempt++) {
            index.catchUp(Deadline.after(options.timeout()));
            if (tensors.stream().allMatch(named -> index.find(named.digest()).isPresent())) {
                return;
            }
            Map<String, Location> sent = new LinkedHashMap<>();
            List<RecordMetadata> places =
                    transactions.transact(sender -> sendMissing(sender, tensors, partitions, sent));
            LOG.warn("tensors sent again after another writer removed them: {}", sent.keySet());
            adopt(sent, places);
            awaitVisible(places);
        }
    }

    private static TopicPartition partition(RecordMetadata place) {
        return new TopicPartition(place.topic(), place.partition());
    }
}
