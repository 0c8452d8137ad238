package dev.capstan.checkpoints;

import dev.capstan.checkpoints.PartitionReader.Run;
import dev.capstan.checkpoints.RecordKeys.ChunkKey;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.TensorChunk;
import dev.capstan.schemas.records.TensorEntry;
import dev.capstan.schemas.records.TensorRole;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads tensors by digest: first where the manifest says that they lie, then, for what is not there or not sound, by a
 * scan of the topic. Nothing leaves it unverified. One thread.
 */
final class TensorFetch {
    private static final String TOPIC = Topics.CHECKPOINTS_TENSORS.topicName();
    /** Records between two wanted tensors up to which it is cheaper to read on than to seek. */
    private static final int READ_ON = 4;

    private final PartitionReader reader;
    private final AvroDeserializer<TensorChunk> deserializer;
    private final ReadLimits limits;
    private long bytesFetched;

    TensorFetch(PartitionReader reader, AvroDeserializer<TensorChunk> deserializer, ReadLimits limits) {
        this.reader = reader;
        this.deserializer = deserializer;
        this.limits = limits;
    }

    /** Bytes of whole tensors that were read since the start, sound or not. */
    long bytesFetched() {
        return bytesFetched;
    }

    List<TensorValue> fetch(
            CheckpointManifest manifest, Set<TensorRole> roles, Set<String> knownDigests, Deadline deadline) {
        ManifestCheck check = new ManifestCheck(manifest, limits);
        List<TensorEntry> entries = check.entries(roles).stream()
                .filter(entry -> !knownDigests.contains(entry.getDigest()))
                .toList();
        Map<String, TensorEntry> missing = new LinkedHashMap<>();
        entries.forEach(entry -> missing.putIfAbsent(entry.getDigest(), entry));
        if (missing.isEmpty()) {
            return List.of();
        }
        List<TopicPartition> partitions = reader.partitions(TOPIC, deadline);
        Map<TopicPartition, Long> begins = reader.beginningOffsets(partitions, deadline);
        Map<TopicPartition, Long> ends = reader.endOffsets(partitions, deadline);

        Map<String, ByteBuffer> verified = new HashMap<>();
        Map<String, ChunkAssembly> hinted = assemblies(missing);
        for (List<Run> round : rounds(missing.values(), begins, ends)) {
            reader.read(round, deadline, record -> take(record, hinted));
            verify(hinted, missing, verified);
        }
        if (!missing.isEmpty()) {
            Map<String, ChunkAssembly> scanned = assemblies(missing);
            List<Run> whole = partitions.stream()
                    .map(partition ->
                            new Run(partition, begins.getOrDefault(partition, 0L), ends.getOrDefault(partition, 0L)))
                    .toList();
            reader.read(whole, deadline, record -> take(record, scanned));
            List<String> unsound = verify(scanned, missing, verified);
            if (!missing.isEmpty()) {
                throw refused(missing.values().iterator().next(), unsound, check);
            }
        }
        List<TensorValue> tensors = new ArrayList<>(entries.size());
        for (TensorEntry entry : entries) {
            ByteBuffer bytes = verified.get(entry.getDigest());
            if (bytes == null) {
                throw new IllegalStateException("Tensor " + entry.getDigest() + " was neither found nor refused");
            }
            tensors.add(tensor(entry, bytes));
        }
        return tensors;
    }

    private static Map<String, ChunkAssembly> assemblies(Map<String, TensorEntry> entries) {
        Map<String, ChunkAssembly> assemblies = new HashMap<>();
        entries.forEach(
                (digest, entry) -> assemblies.put(digest, new ChunkAssembly(Math.toIntExact(entry.getBytes()))));
        return assemblies;
    }

    /** The hinted runs of every partition; a round takes one run of each. */
    private static List<List<Run>> rounds(
            Iterable<TensorEntry> entries, Map<TopicPartition, Long> begins, Map<TopicPartition, Long> ends) {
        Map<Integer, List<TensorEntry>> byPartition = new TreeMap<>();
        entries.forEach(entry -> byPartition
                .computeIfAbsent(entry.getPartition(), partition -> new ArrayList<>())
                .add(entry));
        List<List<Run>> rounds = new ArrayList<>();
        byPartition.forEach((number, ofPartition) -> {
            TopicPartition partition = new TopicPartition(TOPIC, number);
            List<Run> runs =
                    runs(partition, ofPartition, begins.getOrDefault(partition, 0L), ends.getOrDefault(partition, 0L));
            for (int i = 0; i < runs.size(); i++) {
                if (rounds.size() == i) {
                    rounds.add(new ArrayList<>());
                }
                rounds.get(i).add(runs.get(i));
            }
        });
        return rounds;
    }

    /** The stretches of one partition that hold the tensors, if the hints are right; those outside of the log are left out. */
    private static List<Run> runs(TopicPartition partition, List<TensorEntry> entries, long begin, long end) {
        List<Run> runs = new ArrayList<>();
        entries.stream()
                .filter(entry ->
                        entry.getFirstOffset() >= begin && entry.getFirstOffset() < end && entry.getChunks() > 0)
                .sorted(Comparator.comparingLong(TensorEntry::getFirstOffset))
                .forEach(entry -> {
                    long from = entry.getFirstOffset();
                    long to = Math.min(end, from + entry.getChunks());
                    Run before = runs.isEmpty() ? null : runs.get(runs.size() - 1);
                    if (before == null || from > before.to() + READ_ON) {
                        runs.add(new Run(partition, from, to));
                        return;
                    }
                    runs.set(runs.size() - 1, new Run(partition, before.from(), Math.max(before.to(), to)));
                });
        return runs;
    }

    private void take(ConsumerRecord<String, byte[]> record, Map<String, ChunkAssembly> assemblies) {
        ChunkKey key = ChunkKey.parse(record.key()).orElse(null);
        ChunkAssembly assembly = key == null ? null : assemblies.get(key.digest());
        if (key == null || assembly == null || record.value() == null) {
            return;
        }
        try {
            TensorChunk chunk = deserializer.deserialize(record.topic(), record.value());
            if (chunk != null && chunk.getDigest().equals(key.digest()) && chunk.getIndex() == key.index()) {
                assembly.accept(chunk);
            }
        } catch (PoisonRecordException e) {
            // The tensor stays incomplete and is looked for elsewhere, or refused by name.
            return;
        }
    }

    /** Moves the tensors that are whole and sound out of {@code missing}; returns those that are whole and not sound. */
    private List<String> verify(
            Map<String, ChunkAssembly> assemblies, Map<String, TensorEntry> missing, Map<String, ByteBuffer> verified) {
        List<String> unsound = new ArrayList<>();
        for (String digest : List.copyOf(assemblies.keySet())) {
            ChunkAssembly assembly = assemblies.get(digest);
            TensorEntry entry = missing.get(digest);
            if (assembly == null || entry == null || !assembly.isComplete()) {
                continue;
            }
            ByteBuffer bytes = assembly.bytes();
            assemblies.remove(digest);
            bytesFetched += bytes.remaining();
            if (tensor(entry, bytes).digest().equals(digest)) {
                verified.put(digest, bytes);
                missing.remove(digest);
            } else {
                unsound.add(digest);
            }
        }
        return unsound;
    }

    private static CheckpointRefusedException refused(TensorEntry entry, List<String> unsound, ManifestCheck check) {
        return unsound.contains(entry.getDigest())
                ? check.refused(entry, "does not have the bytes of its digest " + entry.getDigest())
                : check.refused(entry, "is not whole in " + TOPIC + ", digest " + entry.getDigest());
    }

    private static TensorValue tensor(TensorEntry entry, ByteBuffer bytes) {
        return new TensorValue(
                entry.getName(),
                TensorType.valueOf(entry.getType()),
                entry.getShape().stream().mapToLong(Long::longValue).toArray(),
                bytes);
    }
}
