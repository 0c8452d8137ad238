package dev.capstan.checkpoints;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Reads bounded runs of partitions, committed records only, each call within a deadline.
 *
 * <p>One thread at a time; {@link #wakeup()} may be called from any. Every partition that was ever read stays assigned,
 * paused between calls, so that a later read costs no new metadata.
 */
final class PartitionReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration APPEARANCE = Duration.ofSeconds(5);
    private static final long APPEARANCE_CHECK_NANOS = Duration.ofMillis(50).toNanos();
    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final Consumer<String, byte[]> consumer;
    private final Set<TopicPartition> assigned = new HashSet<>();

    /** Offsets of one partition, {@code to} excluded. */
    record Run(TopicPartition partition, long from, long to) {}

    /** Takes records in the order of each partition. */
    interface RecordSink {
        void accept(ConsumerRecord<String, byte[]> record);
    }

    PartitionReader(Consumer<String, byte[]> consumer) {
        this.consumer = consumer;
    }

    /** @throws CheckpointUnavailableException if the topic does not appear within a few seconds */
    List<TopicPartition> partitions(String topic, Deadline deadline) {
        // A topic that was just created is not known to every broker at once.
        Deadline appearance = Deadline.after(APPEARANCE);
        while (true) {
            List<PartitionInfo> partitions =
                    retrying("partitions of " + topic, deadline, left -> consumer.partitionsFor(topic, left));
            if (!partitions.isEmpty()) {
                return partitions.stream()
                        .map(info -> new TopicPartition(topic, info.partition()))
                        .toList();
            }
            if (appearance.isOver() || deadline.isOver()) {
                throw new CheckpointUnavailableException("Topic " + topic + " does not exist", null);
            }
            LockSupport.parkNanos(APPEARANCE_CHECK_NANOS);
        }
    }

    Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions, Deadline deadline) {
        return retrying("first offsets", deadline, left -> consumer.beginningOffsets(partitions, left));
    }

    /** Offsets up to which every transaction is decided. */
    Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions, Deadline deadline) {
        return retrying("end offsets", deadline, left -> consumer.endOffsets(partitions, left));
    }

    /**
     * Gives every committed record of the runs, at most one run a partition.
     *
     * @throws CheckpointUnavailableException if the deadline passes first
     */
    void read(Collection<Run> runs, Deadline deadline, RecordSink sink) {
        Map<TopicPartition, Run> open = new HashMap<>();
        for (Run run : runs) {
            if (run.from() < run.to() && open.put(run.partition(), run) != null) {
                throw new IllegalArgumentException("Two runs of " + run.partition());
            }
        }
        if (open.isEmpty()) {
            return;
        }
        position(open.values());
        while (!open.isEmpty()) {
            if (deadline.isOver()) {
                throw new CheckpointUnavailableException("Reading took too long; left are " + open.values(), null);
            }
            give(poll(deadline), open, sink);
            pauseFinished(open);
        }
    }

    /** Makes the call in progress, or the next one, throw Kafka's WakeupException. */
    void wakeup() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(CLOSE));
    }

    private void position(Collection<Run> runs) {
        List<TopicPartition> wanted = runs.stream().map(Run::partition).toList();
        if (assigned.addAll(wanted)) {
            consumer.assign(assigned);
        }
        consumer.pause(assigned);
        consumer.resume(wanted);
        runs.forEach(run -> consumer.seek(run.partition(), run.from()));
    }

    private ConsumerRecords<String, byte[]> poll(Deadline deadline) {
        Duration left = deadline.remaining();
        try {
            return consumer.poll(left.compareTo(POLL) < 0 ? left : POLL);
        } catch (InvalidOffsetException e) {
            throw new CheckpointUnavailableException("The log moved while it was read: " + e.getMessage(), e);
        } catch (RetriableException e) {
            return ConsumerRecords.empty();
        }
    }

    private static void give(ConsumerRecords<String, byte[]> records, Map<TopicPartition, Run> open, RecordSink sink) {
        for (ConsumerRecord<String, byte[]> record : records) {
            Run run = open.get(new TopicPartition(record.topic(), record.partition()));
            if (run != null && record.offset() < run.to()) {
                sink.accept(record);
            }
        }
    }

    private void pauseFinished(Map<TopicPartition, Run> open) {
        for (Iterator<Run> runs = open.values().iterator(); runs.hasNext(); ) {
            Run run = runs.next();
            // The position passes transaction markers too, which are never given.
            if (consumer.position(run.partition()) >= run.to()) {
                consumer.pause(Set.of(run.partition()));
                runs.remove();
            }
        }
    }

    private static <V> V retrying(String what, Deadline deadline, Function<Duration, V> call) {
        while (true) {
            try {
                return call.apply(deadline.remaining());
            } catch (RetriableException e) {
                if (deadline.isOver()) {
                    throw new CheckpointUnavailableException("The cluster did not give the " + what + " in time", e);
                }
            }
        }
    }
}
