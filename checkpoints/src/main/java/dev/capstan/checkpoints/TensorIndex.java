package dev.capstan.checkpoints;

import dev.capstan.checkpoints.RecordKeys.ChunkKey;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.TensorChunk;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Which tensors the log holds and where, from the keys of checkpoints.tensors. Built by reading the topic once, then kept
 * up to date. One thread.
 */
final class TensorIndex {
    private final TopicCursor cursor;
    private final AvroDeserializer<TensorChunk> chunks;
    private final Map<String, Held> tensors = new HashMap<>();

    /** Where the first piece of a tensor lies, and how many pieces it has. */
    record Location(int partition, long firstOffset, int chunks) {}

    /** The key of a piece in the log, and its partition. */
    record StoredKey(int partition, String key) {}

    private static final class Held {
        final int partition;
        final int chunks;
        final BitSet present = new BitSet();
        /** Pieces of an earlier cut of the same tensor that the present one has not overwritten. */
        final BitSet leftOver = new BitSet();

        long firstOffset;

        Held(int partition, int chunks) {
            this.partition = partition;
            this.chunks = chunks;
        }

        boolean isComplete() {
            return present.nextClearBit(0) >= chunks;
        }

        boolean isEmpty() {
            return present.isEmpty() && leftOver.isEmpty();
        }
    }

    TensorIndex(PartitionReader reader, AvroDeserializer<TensorChunk> chunks) {
        cursor = new TopicCursor(reader, Topics.CHECKPOINTS_TENSORS.topicName());
        this.chunks = chunks;
    }

    /** Reads what was committed since the last call. */
    void catchUp(Deadline deadline) {
        cursor.catchUp(deadline, this::apply);
    }

    /** Where a tensor lies, if every piece of it is there. */
    Optional<Location> find(String digest) {
        Held held = tensors.get(digest);
        return held == null || !held.isComplete()
                ? Optional.empty()
                : Optional.of(new Location(held.partition, held.firstOffset, held.chunks));
    }

    /** Every tensor of which the log holds at least a piece. */
    Set<String> digests() {
        return Set.copyOf(tensors.keySet());
    }

    /** The keys under which the pieces of a tensor lie. */
    List<StoredKey> keys(String digest) {
        Held held = tensors.get(digest);
        if (held == null) {
            return List.of();
        }
        BitSet all = (BitSet) held.present.clone();
        all.or(held.leftOver);
        return all.stream()
                .mapToObj(index -> new StoredKey(held.partition, new ChunkKey(digest, index).text()))
                .toList();
    }

    /**
     * Takes over what this process committed itself. Where nobody else wrote in between, the next catch-up does not read
     * it again.
     */
    void addCommitted(String digest, Location location) {
        Held held = new Held(location.partition(), location.chunks());
        Held before = tensors.put(digest, held);
        held.present.set(0, location.chunks());
        held.firstOffset = location.firstOffset();
        if (before != null && before.partition == location.partition()) {
            held.leftOver.or(before.present);
            held.leftOver.or(before.leftOver);
            held.leftOver.andNot(held.present);
        }
    }

    /** Passes over records that this process wrote, if nobody else wrote in between. */
    void skip(TopicPartition partition, long first, long last, long records) {
        cursor.skip(partition, first, last, records);
    }

    private void apply(ConsumerRecord<String, byte[]> record) {
        Optional<ChunkKey> key = ChunkKey.parse(record.key());
        if (key.isEmpty()) {
            return;
        }
        ChunkKey chunk = key.get();
        int total = chunks(record, chunk);
        Held held = tensors.get(chunk.digest());
        if (total == 0) {
            remove(chunk, record.partition(), held);
            return;
        }
        if (held == null || held.chunks != total || held.partition != record.partition()) {
            held = cutAnew(chunk.digest(), record.partition(), total, held);
        }
        held.present.set(chunk.index());
        held.leftOver.clear(chunk.index());
        if (chunk.index() == 0) {
            held.firstOffset = record.offset();
        }
    }

    private Held cutAnew(String digest, int partition, int total, @Nullable Held before) {
        Held held = new Held(partition, total);
        if (before != null && before.partition == partition) {
            held.leftOver.or(before.present);
            held.leftOver.or(before.leftOver);
        }
        tensors.put(digest, held);
        return held;
    }

    private void remove(ChunkKey chunk, int partition, @Nullable Held held) {
        if (held == null || held.partition != partition) {
            return;
        }
        held.present.clear(chunk.index());
        held.leftOver.clear(chunk.index());
        if (held.isEmpty()) {
            tensors.remove(chunk.digest());
        }
    }

    /** How many pieces the tensor has; 0 for a tombstone and for a piece that cannot be read, which must be sent anew. */
    private int chunks(ConsumerRecord<String, byte[]> record, ChunkKey key) {
        try {
            TensorChunk chunk = chunks.deserialize(record.topic(), record.value());
            return chunk != null && isSound(chunk, key) ? chunk.getChunks() : 0;
        } catch (PoisonRecordException e) {
            return 0;
        }
    }

    private static boolean isSound(TensorChunk chunk, ChunkKey key) {
        return chunk.getDigest().equals(key.digest())
                && chunk.getIndex() == key.index()
                && chunk.getIndex() < chunk.getChunks();
    }
}
