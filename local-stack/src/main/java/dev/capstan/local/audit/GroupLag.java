package dev.capstan.local.audit;

import dev.capstan.schemas.Topics;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Lag in seconds: the age of the oldest committed record that a topic's consumer group has not committed, and 0 if there
 * is none. One thread at a time.
 */
final class GroupLag {
    private static final long TIMEOUT_SECONDS = 30;
    private static final Map<Topics, String> GROUPS = Map.of(
            Topics.PAIRS_CRAWLED, "capstan-ingest",
            Topics.PAIRS_CURATED, "capstan-trainer",
            Topics.REQUESTS_CLASSIFY, "capstan-inference",
            Topics.REQUESTS_CAPTION, "capstan-inference");

    private final Admin admin;
    private final TopicScan scan;

    GroupLag(Admin admin, TopicScan scan) {
        this.admin = admin;
        this.scan = scan;
    }

    /** The lag of every topic that a service reads, at a moment. */
    SortedMap<String, Double> secondsAt(Instant now) {
        SortedMap<String, Double> lags = new TreeMap<>();
        GROUPS.forEach((topic, group) -> lags.put(topic.topicName(), seconds(topic, committed(group), now)));
        return lags;
    }

    private double seconds(Topics topic, Map<TopicPartition, Long> committed, Instant now) {
        long oldest = now.toEpochMilli();
        for (Map.Entry<TopicPartition, Long> end : scan.ends(topic).entrySet()) {
            long next = committed.getOrDefault(end.getKey(), 0L);
            if (next >= end.getValue()) {
                continue;
            }
            OptionalLong timestamp = scan.firstTimestamp(end.getKey(), next, end.getValue());
            oldest = Math.min(oldest, timestamp.orElse(oldest));
        }
        return (now.toEpochMilli() - oldest) / 1000.0;
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
            Thread.currentThread().interrupt();
            throw new AuditException("Interrupted while the offsets of group " + group + " were read");
        }
    }
}
