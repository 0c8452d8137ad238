package dev.capstan.local.curation;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a range of a topic once, committed records only, without a consumer group. What a range is, is settled before it
 * is read: a topic that grows meanwhile does not keep the reader. Memory is that of one fetch.
 *
 * <p>One thread owns it.
 */
public final class RangeReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(250);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(3);
    private static final int MEBIBYTE = 1024 * 1024;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final ReadingProgress progress;

    /**
     * A run of one partition.
     *
     * @param first first offset
     * @param end offset behind the last
     */
    public record Range(long first, long end) {
        public Range {
            end = Math.max(first, end);
        }

        long length() {
            return end - first;
        }
    }

    public RangeReader(KafkaSettings settings, ReadingProgress progress) {
        this.progress = progress;
        Map<String, Object> properties = new HashMap<>(settings.clientProperties());
        properties.remove("group.id");
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        // A record that expires while others are read is no error.
        properties.put("auto.offset.reset", "earliest");
        properties.put("allow.auto.create.topics", false);
        properties.put("fetch.max.bytes", 16 * MEBIBYTE);
        properties.put("max.partition.fetch.bytes", 4 * MEBIBYTE);
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * The range between two times, by the records' own times; a record from before may stand in it.
     *
     * @param from the beginning if empty
     * @param to what is committed at this moment if empty
     * @throws CurationException if the topic does not exist
     */
    public Map<TopicPartition, Range> between(Topics topic, Optional<Instant> from, Optional<Instant> to) {
        List<TopicPartition> partitions = partitions(topic.topicName());
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Map<TopicPartition, Long> first =
                from.map(time -> at(time, partitions, ends)).orElse(beginnings);
        Map<TopicPartition, Long> last =
                to.map(time -> at(time, partitions, ends)).orElse(ends);
        Map<TopicPartition, Range> ranges = new HashMap<>();
        for (TopicPartition partition : partitions) {
            ranges.put(partition, new Range(offset(first, partition), offset(last, partition)));
        }
        return ranges;
    }

    /** Everything that is committed at this moment. */
    public Map<TopicPartition, Range> all(Topics topic) {
        return between(topic, Optional.empty(), Optional.empty());
    }

    /**
     * Hands over every committed record of the ranges, each partition in its order.
     *
     * @throws CurationException if the cluster sends nothing for a minute
     */
    public void read(Map<TopicPartition, Range> ranges, Consumer<ConsumerRecord<byte[], byte[]>> handler) {
        Set<TopicPartition> open = ranges.entrySet().stream()
                .filter(range -> range.getValue().length() > 0)
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(HashSet::new));
        if (open.isEmpty()) {
            return;
        }
        consumer.assign(open);
        // What was read before on this reader was paused at its end.
        consumer.resume(open);
        open.forEach(
                partition -> consumer.seek(partition, range(ranges, partition).first()));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        long reported = System.nanoTime();
        while (!open.isEmpty()) {
            boolean any = false;
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                any = true;
                if (record.offset()
                        < range(ranges, new TopicPartition(record.topic(), record.partition()))
                                .end()) {
                    handler.accept(record);
                }
            }
            Set<TopicPartition> done = open.stream()
                    .filter(partition -> consumer.position(partition)
                            >= range(ranges, partition).end())
                    .collect(Collectors.toSet());
            consumer.pause(done);
            open.removeAll(done);
            if (any || !done.isEmpty()) {
                deadline = System.nanoTime() + PATIENCE.toNanos();
            } else if (System.nanoTime() > deadline) {
                throw new CurationException("Kafka sent nothing of " + open + " for " + PATIENCE.toSeconds() + " s");
            }
            if (!open.isEmpty() && System.nanoTime() - reported >= BETWEEN_REPORTS.toNanos()) {
                report(ranges);
                reported = System.nanoTime();
            }
        }
    }

    @Override
    public void close() {
        consumer.close();
    }

    private void report(Map<TopicPartition, Range> ranges) {
        long passed = 0;
        long all = 0;
        for (TopicPartition partition : consumer.assignment()) {
            Range range = range(ranges, partition);
            passed += Math.min(consumer.position(partition), range.end()) - range.first();
            all += range.length();
        }
        progress.at(consumer.assignment().iterator().next().topic(), Math.max(0, passed), all);
    }

    /** Where the records of a time begin in each partition; its end where there is none so new. */
    private Map<TopicPartition, Long> at(
            Instant time, List<TopicPartition> partitions, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Long> asked =
                partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> time.toEpochMilli()));
        Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(asked);
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (TopicPartition partition : partitions) {
            @Nullable OffsetAndTimestamp place = found.get(partition);
            offsets.put(partition, place == null ? offset(ends, partition) : place.offset());
        }
        return offsets;
    }

    private List<TopicPartition> partitions(String topic) {
        @Nullable List<PartitionInfo> partitions = consumer.partitionsFor(topic);
        if (partitions == null || partitions.isEmpty()) {
            throw new CurationException("The cluster has no topic " + topic + ": create it with ./capstan provision");
        }
        return partitions.stream()
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
    }

    private static Range range(Map<TopicPartition, Range> ranges, TopicPartition partition) {
        Range range = ranges.get(partition);
        if (range == null) {
            throw new IllegalStateException("no range of " + partition + " among " + ranges);
        }
        return range;
    }

    private static long offset(Map<TopicPartition, Long> offsets, TopicPartition partition) {
        Long offset = offsets.get(partition);
        return offset == null ? 0 : offset;
    }
}
