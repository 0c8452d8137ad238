package dev.capstan.local.curation;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the originals of refused pairs by their coordinates, one at a time.
 *
 * <p>One thread owns it.
 */
public final class OriginalReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(250);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final AvroDeserializer<CrawledPair> records = new AvroDeserializer<>(CrawledPair.class);
    private final Takedowns takedowns;
    private final int partitions;

    /** @param takedowns what must not be shown */
    public OriginalReader(KafkaSettings settings, Takedowns takedowns) {
        this.takedowns = takedowns;
        records.configure(settings.clientProperties(), false);
        Map<String, Object> properties = new HashMap<>(settings.clientProperties());
        properties.remove("group.id");
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "none");
        properties.put("allow.auto.create.topics", false);
        properties.put("max.poll.records", 1);
        // The record that is asked for comes whole however large it is, and little behind it.
        properties.put("max.partition.fetch.bytes", 1024);
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        partitions = consumer.partitionsFor(Topics.PAIRS_CRAWLED.topicName()).size();
    }

    /** @throws CurationException if Kafka does not send the record in 20 s */
    public Original read(RejectedPair refused) {
        if (!refused.getTopic().equals(Topics.PAIRS_CRAWLED.topicName())) {
            return new Original.Without("never fetched");
        }
        if (refused.getPartition() < 0 || refused.getPartition() >= partitions) {
            return new Original.Without("the topic has no partition " + refused.getPartition());
        }
        return read(new TopicPartition(refused.getTopic(), refused.getPartition()), refused.getOffset());
    }

    @Override
    public void close() {
        consumer.close();
        records.close();
    }

    private Original read(TopicPartition partition, long offset) {
        List<TopicPartition> only = List.of(partition);
        consumer.assign(only);
        long end = consumer.endOffsets(only).getOrDefault(partition, 0L);
        if (offset < consumer.beginningOffsets(only).getOrDefault(partition, 0L)) {
            return new Original.Expired();
        }
        if (offset < 0 || offset >= end) {
            return new Original.Without("the topic ends before it: it was made again, or lost records");
        }
        consumer.seek(partition, offset);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            try {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    return record.offset() == offset ? parse(record) : new Original.Expired();
                }
            } catch (OffsetOutOfRangeException e) {
                // It expired between the two questions.
                return new Original.Expired();
            }
            if (consumer.position(partition) > offset) {
                return new Original.Expired();
            }
        }
        throw new CurationException(
                "Kafka did not send offset " + offset + " of " + partition + " in " + PATIENCE.toSeconds() + " s");
    }

    private Original parse(ConsumerRecord<byte[], byte[]> record) {
        try {
            CrawledPair pair = records.deserialize(record.topic(), record.value());
            if (pair == null) {
                return new Original.Without("the record has no value");
            }
            return takedowns.naming(pair).isPresent() ? new Original.Without("taken down") : new Original.Found(pair);
        } catch (PoisonRecordException e) {
            return new Original.Without("the record's bytes are no crawled pair");
        }
    }
}
