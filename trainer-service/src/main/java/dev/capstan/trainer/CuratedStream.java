package dev.capstan.trainer;

import dev.capstan.platform.tracing.Tracing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The curated topic as the trainer reads it: positions come from a checkpoint and never from the group, whose offsets
 * are there for lag tools.
 *
 * <p>Owned by the trainer thread, on which the consumer also calls back. A
 * partition that is taken away marks the stream as {@link #takeLoss() lossy}: what was read of it since the last
 * checkpoint belongs to somebody else now.
 */
final class CuratedStream implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CuratedStream.class);
    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final Consumer<String, byte[]> consumer;
    private final String topic;
    private final Tracing tracing;
    private Map<TopicPartition, Long> positions = Map.of();
    private boolean lost;
    private boolean paused;

    /**
     * @param consumer a read_committed consumer with {@code auto.offset.reset=none}; closed here
     */
    CuratedStream(Consumer<String, byte[]> consumer, String topic, Tracing tracing) {
        this.consumer = consumer;
        this.topic = topic;
        this.tracing = tracing;
    }

    /** Joins the group. Every partition is read from its position, or from its start if it has none. */
    void open(Map<TopicPartition, Long> from) {
        positions = Map.copyOf(from);
        consumer.subscribe(List.of(topic), new Listener());
    }

    /** Where to read on when a partition comes: the positions of the newest committed checkpoint. */
    void checkpointed(Map<TopicPartition, Long> committed) {
        positions = Map.copyOf(committed);
    }

    /** Goes back to the positions of a checkpoint. */
    void rewind(Map<TopicPartition, Long> to) {
        positions = Map.copyOf(to);
        lost = false;
        seek(consumer.assignment());
        flow(true);
    }

    /**
     * Reads what is there, or waits for something up to a time.
     *
     * @throws IllegalStateException if a position lies beyond the end of its partition
     */
    List<RawPair> poll(Duration timeout) {
        try {
            List<RawPair> pairs = new ArrayList<>();
            for (ConsumerRecord<String, byte[]> record : consumer.poll(timeout)) {
                pairs.add(new RawPair(
                        new TopicPartition(record.topic(), record.partition()),
                        record.offset(),
                        record.value(),
                        tracing.readSampled(record.headers())));
            }
            return pairs;
        } catch (OffsetOutOfRangeException e) {
            skipExpired(e.offsetOutOfRangePartitions());
            return List.of();
        }
    }

    /** Stops or resumes reading; the membership of the group goes on. */
    void flow(boolean flowing) {
        if (flowing == !paused) {
            return;
        }
        paused = !flowing;
        if (paused) {
            consumer.pause(consumer.assignment());
            return;
        }
        consumer.resume(consumer.assignment());
    }

    boolean isPaused() {
        return paused;
    }

    /** Whether partitions were taken away since the last call. */
    boolean takeLoss() {
        boolean was = lost;
        lost = false;
        return was;
    }

    /**
     * Next offset of every assigned partition. Behind the last record there may be transaction markers, which no record
     * shows.
     */
    Map<TopicPartition, Long> consumedPositions() {
        Map<TopicPartition, Long> consumed = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            consumed.put(partition, consumer.position(partition));
        }
        return consumed;
    }

    /** The membership that offsets are committed under. */
    ConsumerGroupMetadata group() {
        return consumer.groupMetadata();
    }

    int partitions() {
        return consumer.assignment().size();
    }

    @Override
    public void close() {
        consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(CLOSE));
    }

    private void seek(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            Long position = positions.get(partition);
            if (position == null) {
                consumer.seekToBeginning(Set.of(partition));
            } else {
                consumer.seek(partition, position);
            }
            LOG.info(
                    "reading on topic={} partition={} offset={}",
                    partition.topic(),
                    partition.partition(),
                    position == null ? "beginning" : position);
        }
    }

    private void skipExpired(Map<TopicPartition, Long> outOfRange) {
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(outOfRange.keySet());
        outOfRange.forEach((partition, offset) -> {
            long beginning = beginnings.getOrDefault(partition, 0L);
            if (beginning <= offset) {
                throw new IllegalStateException("The checkpoint goes on from offset " + offset + " of " + partition
                        + ", which lies beyond its end: the topic was made again or lost records. Train a new model"
                        + " name, or bring the topic back");
            }
            LOG.warn(
                    "pairs expired untrained topic={} partition={} offset={} beginning={}",
                    partition.topic(),
                    partition.partition(),
                    offset,
                    beginning);
            consumer.seek(partition, beginning);
        });
    }

    private final class Listener implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            seek(partitions);
            if (paused) {
                consumer.pause(partitions);
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            taken("revoked", partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            taken("lost", partitions);
        }

        private void taken(String how, Collection<TopicPartition> partitions) {
            if (!partitions.isEmpty()) {
                lost = true;
                LOG.info("partitions {} topic={} partitions={}", how, topic, partitions);
            }
        }
    }
}
