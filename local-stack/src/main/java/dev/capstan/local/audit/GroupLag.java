package dev.capstan.local.audit;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Lag in seconds: the age of the oldest committed record that a topic's consumer group has not committed, and 0 if there
 * is none. One thread at a time.
 */
public final class GroupLag implements AutoCloseable {
    private static final long TIMEOUT_SECONDS = 30;
    private static final Duration POLL = Duration.ofMillis(100);

    /** A few polls are enough on a cluster that answers; a lag that cannot be read is no lag of zero. */
    private static final int POLLS = 300;

    private static final Map<Topics, String> GROUPS = Map.of(
            Topics.PAIRS_CRAWLED, "capstan-ingest",
            Topics.PAIRS_CURATED, "capstan-trainer",
            Topics.REQUESTS_CLASSIFY, "capstan-inference",
            Topics.REQUESTS_CAPTION, "capstan-inference");

    private final Admin admin;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<Topics, List<TopicPartition>> partitions = new HashMap<>();

    /**
     * One moment.
     *
     * @param seconds lag by topic
     * @param committed sum of the group's committed offsets by topic: it grows with every commit
     */
    public record Lags(SortedMap<String, Double> seconds, SortedMap<String, Long> committed) {
        public double of(Topics topic) {
            return seconds.getOrDefault(topic.topicName(), 0.0);
        }
    }

    public GroupLag(KafkaSettings settings) {
        admin = Admin.create(settings.clientProperties());
        Map<String, Object> properties = new HashMap<>(settings.clientProperties());
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "earliest");
        // Only the first record's time is wanted; a broker sends at least one batch, however small the limit.
        properties.put("max.partition.fetch.bytes", 1024);
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** The lag of every topic that a service reads, at a moment. */
    public Lags at(Instant now) {
        SortedMap<String, Double> seconds = new TreeMap<>();
        SortedMap<String, Long> sums = new TreeMap<>();
        GROUPS.forEach((topic, group) -> {
            Map<TopicPartition, Long> committed = committed(group);
            seconds.put(topic.topicName(), seconds(topic, committed, now));
            sums.put(
                    topic.topicName(),
                    partitions(topic).stream()
                            .mapToLong(partition -> committed.getOrDefault(partition, 0L))
                            .sum());
        });
        return new Lags(seconds, sums);
    }

    @Override
    public void close() {
        consumer.close();
        admin.close();
    }

    private double seconds(Topics topic, Map<TopicPartition, Long> committed, Instant now) {
        long oldest = now.toEpochMilli();
        for (Map.Entry<TopicPartition, Long> end :
                consumer.endOffsets(partitions(topic)).entrySet()) {
            long next = committed.getOrDefault(end.getKey(), 0L);
            if (next >= end.getValue()) {
                continue;
            }
            OptionalLong timestamp = firstTimestamp(end.getKey(), next, end.getValue());
            oldest = Math.min(oldest, timestamp.orElse(oldest));
        }
        return (now.toEpochMilli() - oldest) / 1000.0;
    }

    /** The time of the first committed record in a run of offsets, empty if there are only transaction markers. */
    private OptionalLong firstTimestamp(TopicPartition partition, long from, long end) {
        consumer.assign(List.of(partition));
        consumer.seek(partition, from);
        for (int poll = 0; poll < POLLS && consumer.position(partition) < end; poll++) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                return record.offset() < end ? OptionalLong.of(record.timestamp()) : OptionalLong.empty();
            }
        }
        if (consumer.position(partition) < end) {
            throw new AuditException("Kafka sent nothing of " + partition + " from offset " + from);
        }
        return OptionalLong.empty();
    }

    private List<TopicPartition> partitions(Topics topic) {
        return partitions.computeIfAbsent(
                topic,
                any -> consumer.partitionsFor(topic.topicName()).stream()
                        .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                        .toList());
    }

    private Map<TopicPartition, Long> committed(String group) {
        try {
            Map<TopicPartition, Long> offsets = new HashMap<>();
            Map<TopicPartition, OffsetAndMetadata> known = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            known.forEach((partition, offset) -> {
                if (offset != null) {
                    offsets.put(partition, offset.offset());
                }
            });
            return offsets;
        } catch (ExecutionException | TimeoutException e) {
            throw new AuditException("The offsets of group " + group + " cannot be read: " + e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
