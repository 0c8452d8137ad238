package dev.capstan.console.lag;

import java.util.Comparator;
import org.apache.kafka.common.TopicPartition;

/** One partition as one consumer group sees it. */
public record GroupPartition(String group, TopicPartition partition) implements Comparable<GroupPartition> {
    private static final Comparator<GroupPartition> ORDER = Comparator.comparing(GroupPartition::group)
            .thenComparing(GroupPartition::topic)
            .thenComparing(one -> one.partition().partition());

    public String topic() {
        return partition.topic();
    }

    @Override
    public int compareTo(GroupPartition other) {
        return ORDER.compare(this, other);
    }
}
