package dev.capstan.checkpoints;

import dev.capstan.schemas.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.TopicPartition;

/** Waits for the live records of one model. One thread; {@link #wakeup()} from any. */
final class LiveTail implements AutoCloseable {
    private static final String TOPIC = Topics.CHECKPOINTS_LIVE.topicName();
    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final Consumer<String, byte[]> consumer;
    private final String model;
    private final Map<TopicPartition, Long> ends = new HashMap<>();
    private boolean positioned;

    LiveTail(Consumer<String, byte[]> consumer, String model) {
        this.consumer = consumer;
        this.model = model;
    }

    /** The newest live record of the model that came, if one came in time. */
    Optional<byte[]> poll(Duration timeout) {
        if (!positioned) {
            positionAtBeginning();
        }
        byte[] newest = null;
        try {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(timeout)) {
                if (record.key().equals(model) && record.value() != null) {
                    newest = record.value();
                }
            }
        } catch (InvalidOffsetException e) {
            positioned = false;
            throw e;
        }
        return Optional.ofNullable(newest);
    }

    /** Whether everything that was there at the start was given: until then a record may be of the past. */
    boolean isCaughtUp() {
        return positioned
                && ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    void wakeup() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(CLOSE));
    }

    private void positionAtBeginning() {
        List<TopicPartition> partitions = consumer.partitionsFor(TOPIC).stream()
                .map(info -> new TopicPartition(TOPIC, info.partition()))
                .toList();
        if (partitions.isEmpty()) {
            throw new CheckpointUnavailableException("Topic " + TOPIC + " does not exist", null);
        }
        ends.clear();
        ends.putAll(consumer.endOffsets(partitions));
        consumer.assign(partitions);
        consumer.beginningOffsets(partitions).forEach(consumer::seek);
        positioned = true;
    }
}
