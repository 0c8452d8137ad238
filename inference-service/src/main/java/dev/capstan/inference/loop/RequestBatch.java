package dev.capstan.inference.loop;

import dev.capstan.schemas.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Requests of one topic that are answered together, in the order of their partitions.
 *
 * @param topic the request topic
 * @param records at least one
 */
record RequestBatch(Topics topic, List<ConsumerRecord<byte[], byte[]>> records) {
    RequestBatch {
        records = List.copyOf(records);
        if (records.isEmpty()) {
            throw new IllegalArgumentException("A batch of " + topic + " has no records");
        }
    }

    /**
     * Cuts what was polled. Classifications come first, because they are short and a caption is long: nobody waits for an
     * answer that is already known.
     */
    static List<RequestBatch> of(ConsumerRecords<byte[], byte[]> polled, BatchLimits limits) {
        List<RequestBatch> batches = new ArrayList<>();
        cut(polled, Topics.REQUESTS_CLASSIFY, limits.maxRequests(), limits.maxBytes(), batches);
        cut(polled, Topics.REQUESTS_CAPTION, limits.maxCaptions(), limits.maxBytes(), batches);
        return batches;
    }

    /** The next offset to read of each partition, once the batch is answered. */
    Map<TopicPartition, OffsetAndMetadata> nextOffsets() {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            offsets.put(
                    new TopicPartition(record.topic(), record.partition()),
                    new OffsetAndMetadata(record.offset() + 1, record.leaderEpoch(), ""));
        }
        return offsets;
    }

    private static void cut(
            ConsumerRecords<byte[], byte[]> polled,
            Topics topic,
            int maxRecords,
            long maxBytes,
            List<RequestBatch> batches) {
        List<ConsumerRecord<byte[], byte[]>> current = new ArrayList<>();
        long bytes = 0;
        for (ConsumerRecord<byte[], byte[]> record : polled.records(topic.topicName())) {
            long size = Math.max(0, record.serializedValueSize());
            if (!current.isEmpty() && (current.size() == maxRecords || bytes + size > maxBytes)) {
                batches.add(new RequestBatch(topic, current));
                current.clear();
                bytes = 0;
            }
            current.add(record);
            bytes += size;
        }
        if (!current.isEmpty()) {
            batches.add(new RequestBatch(topic, current));
        }
    }
}
