package dev.capstan.checkpoints;

import dev.capstan.checkpoints.PartitionReader.RecordSink;
import dev.capstan.checkpoints.PartitionReader.Run;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * How far a topic has been read; each call gives what was committed since the last. One thread.
 *
 * <p>A call that fails is made again from where the last complete one ended, so the sink must bear repeats.
 */
final class TopicCursor {
    private final PartitionReader reader;
    private final String topic;
    private final Map<TopicPartition, Long> positions = new HashMap<>();

    TopicCursor(PartitionReader reader, String topic) {
        this.reader = reader;
        this.topic = topic;
    }

    void catchUp(Deadline deadline, RecordSink sink) {
        List<TopicPartition> partitions = reader.partitions(topic, deadline);
        List<TopicPartition> unseen = partitions.stream()
                .filter(partition -> !positions.containsKey(partition))
                .toList();
        if (!unseen.isEmpty()) {
            positions.putAll(reader.beginningOffsets(unseen, deadline));
        }
        List<Run> runs = new ArrayList<>();
        reader.endOffsets(partitions, deadline)
                .forEach((partition, end) -> runs.add(new Run(partition, positions.getOrDefault(partition, 0L), end)));
        reader.read(runs, deadline, sink);
        runs.forEach(run -> positions.merge(run.partition(), run.to(), Math::max));
    }

    /** Passes over records that the caller wrote itself, if they start where this cursor stands and nobody's lie between. */
    void skip(TopicPartition partition, long first, long last, long records) {
        Long position = positions.get(partition);
        if (position != null && position == first && last - first + 1 == records) {
            positions.put(partition, last + 1);
        }
    }
}
