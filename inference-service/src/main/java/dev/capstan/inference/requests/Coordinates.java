package dev.capstan.inference.requests;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Where a request stands in its topic. */
public record Coordinates(String topic, int partition, long offset) {
    public static Coordinates of(ConsumerRecord<?, ?> record) {
        return new Coordinates(record.topic(), record.partition(), record.offset());
    }

    public TopicPartition topicPartition() {
        return new TopicPartition(topic, partition);
    }

    /**
     * Id of the event that answers the request here. The same request gives the same id however often it is answered; a
     * topic that was deleted and made again does not, because the request's own id is part of it.
     */
    public String eventId(String requestId) {
        return this + "-" + requestId;
    }

    /** {@code topic-partition-offset}. */
    @Override
    public String toString() {
        return topic + "-" + partition + "-" + offset;
    }
}
