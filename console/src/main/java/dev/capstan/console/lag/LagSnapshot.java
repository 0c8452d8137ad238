package dev.capstan.console.lag;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;

/**
 * The lag of every watched group at one moment.
 *
 * @param at when it was read
 * @param partitions by group, topic and partition
 * @param ends offset behind the last committed record, of every partition of a watched topic
 */
public record LagSnapshot(Instant at, List<PartitionLag> partitions, Map<TopicPartition, Long> ends) {
    public LagSnapshot {
        partitions = List.copyOf(partitions);
        ends = Map.copyOf(ends);
    }

    /** A moment at which nothing was known. */
    public static LagSnapshot empty(Instant at) {
        return new LagSnapshot(at, List.of(), Map.of());
    }

    /** Records that a group is behind on a topic. */
    public long records(String group, String topic) {
        return partitions.stream()
                .filter(on(group, topic))
                .mapToLong(PartitionLag::records)
                .sum();
    }

    /**
     * Age of the oldest record of a topic that a group has not committed; empty if nothing is known of the group there,
     * or if a partition could not be read.
     */
    public OptionalDouble seconds(String group, String topic) {
        List<PartitionLag> matching =
                partitions.stream().filter(on(group, topic)).toList();
        if (matching.stream().anyMatch(lag -> lag.seconds().isEmpty())) {
            return OptionalDouble.empty();
        }
        return matching.stream().flatMapToDouble(lag -> lag.seconds().stream()).max();
    }

    /** Sum of the offsets that a group reads next: it grows by what the group consumes. */
    public long consumed(String group, String topic) {
        return partitions.stream()
                .filter(on(group, topic))
                .mapToLong(PartitionLag::next)
                .sum();
    }

    /** Partitions on which a group has lag and does not move. */
    public List<PartitionLag> stalled() {
        return partitions.stream().filter(PartitionLag::stalled).toList();
    }

    private static Predicate<PartitionLag> on(String group, String topic) {
        return lag -> lag.of().group().equals(group) && lag.of().topic().equals(topic);
    }
}
