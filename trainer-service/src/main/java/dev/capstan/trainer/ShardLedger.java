package dev.capstan.trainer;

import dev.capstan.schemas.records.Shard;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/**
 * Which offsets the weights hold since the parent checkpoint. Each partition is one run, because its records come in
 * order; its gaps are transaction markers and compacted records. A record that was read but taught nothing (unreadable,
 * or its update refused) stays in its run, so that the shards cover the topic without a hole; counters and logs name it.
 *
 * <p>Owned by the trainer thread. A {@link Cut} describes exactly the weights of the moment it is made.
 */
final class ShardLedger {
    private static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);

    private final Map<TopicPartition, Long> positions = new TreeMap<>(ORDER);
    private final Map<TopicPartition, Run> runs = new TreeMap<>(ORDER);
    private final List<Shard> replayed = new ArrayList<>();
    private long trained;

    /**
     * What the weights hold since the cut before.
     *
     * @param shards runs read for the first time
     * @param replayed runs drawn again, one entry a draw
     * @param positions next offset to read of every partition ever read
     */
    record Cut(List<Shard> shards, List<Shard> replayed, Map<TopicPartition, Long> positions) {
        Cut {
            shards = List.copyOf(shards);
            replayed = List.copyOf(replayed);
            positions = Map.copyOf(positions);
        }
    }

    private static final class Run {
        final long first;
        long last;
        long pairs;

        Run(long first) {
            this.first = first;
        }
    }

    /**
     * @param positions next offset to read of every partition, from the checkpoint that training goes on from
     */
    ShardLedger(Map<TopicPartition, Long> positions) {
        this.positions.putAll(positions);
    }

    /** A pair was trained for the first time. */
    void trained(TopicPartition partition, long offset) {
        append(partition, offset);
        trained++;
    }

    /** A record was read and taught nothing: it cannot be read as a pair, or the update with it was refused. */
    void passedOver(TopicPartition partition, long offset) {
        append(partition, offset);
    }

    /** A run was drawn again. */
    void replayed(Shard draw) {
        replayed.add(draw);
    }

    /** No pair stands between what was read and this position: only transaction markers do. */
    void caughtUp(TopicPartition partition, long position) {
        positions.merge(partition, position, Math::max);
    }

    /** Pairs trained for the first time since the last cut. */
    long trainedPairs() {
        return trained;
    }

    int replayDraws() {
        return replayed.size();
    }

    Map<TopicPartition, Long> positions() {
        return Map.copyOf(positions);
    }

    /** Describes the weights of this moment and starts anew. */
    Cut cut() {
        List<Shard> shards = new ArrayList<>(runs.size());
        runs.forEach((partition, run) ->
                shards.add(new Shard(partition.topic(), partition.partition(), run.first, run.last, run.pairs)));
        Cut cut = new Cut(shards, replayed, new HashMap<>(positions));
        runs.clear();
        replayed.clear();
        trained = 0;
        return cut;
    }

    private void append(TopicPartition partition, long offset) {
        long expected = Objects.requireNonNullElse(positions.get(partition), 0L);
        if (offset < expected) {
            throw new IllegalStateException("Offset " + offset + " of " + partition + " comes after position "
                    + expected + ": it would be trained twice");
        }
        positions.put(partition, offset + 1);
        Run run = runs.computeIfAbsent(partition, key -> new Run(offset));
        run.last = offset;
        run.pairs++;
    }
}
