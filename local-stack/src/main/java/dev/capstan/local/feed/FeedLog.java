package dev.capstan.local.feed;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.FeedPosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes a feed's pairs and its position in one transaction. Opening it fences every other process that feeds the same, and
 * settles what a killed one left open; the position is read after that. A transaction lasts as long as its commit. One thread.
 */
final class FeedLog implements AutoCloseable {
    private static final int MEBIBYTE = 1024 * 1024;
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int POLLS_WITHOUT_PROGRESS = 300;

    private final String key;
    private final KafkaSettings settings;
    private final Producer<String, SpecificRecord> producer;
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private final List<ProducerRecord<String, SpecificRecord>> added = new ArrayList<>();
    private boolean inTransaction;

    /** @param key what is fed, as in the topic of positions */
    FeedLog(KafkaSettings settings, String key, int largestRecord) {
        this.key = key;
        this.settings = settings;
        Map<String, Object> properties = new HashMap<>(settings.producerProperties());
        properties.put("transactional.id", "capstan-feed-" + key);
        properties.putIfAbsent("transaction.timeout.ms", 60_000);
        properties.put("linger.ms", 20);
        properties.put("batch.size", 128 * 1024);
        properties.put("buffer.memory", 32 * MEBIBYTE);
        properties.put("max.request.size", largestRecord + MEBIBYTE);
        properties.putIfAbsent("delivery.timeout.ms", 60_000);
        properties.putIfAbsent("request.timeout.ms", 20_000);
        // Most of what is sent is pictures, which are compressed already.
        properties.put("compression.type", "none");
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(properties, false);
        producer = new KafkaProducer<>(properties, new StringSerializer(), serializer);
        try {
            producer.initTransactions();
        } catch (RuntimeException e) {
            producer.close(Duration.ZERO);
            throw e;
        }
    }

    /** How far this feed has come, if it ever began. */
    Optional<FeedPosition> position() {
        Map<String, Object> properties = new HashMap<>(settings.clientProperties());
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "earliest");
        AvroDeserializer<FeedPosition> deserializer = new AvroDeserializer<>(FeedPosition.class);
        deserializer.configure(properties, false);
        TopicPartition partition = new TopicPartition(Topics.FEEDS_POSITIONS.topicName(), 0);
        FeedPosition newest = null;
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = Objects.requireNonNull(
                    consumer.endOffsets(List.of(partition)).get(partition));
            int idle = 0;
            while (consumer.position(partition) < end) {
                long before = consumer.position(partition);
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    if (key.equals(record.key())) {
                        newest = record.value() == null
                                ? null
                                : deserializer.deserialize(record.topic(), record.value());
                    }
                }
                idle = consumer.position(partition) > before ? 0 : idle + 1;
                if (idle > POLLS_WITHOUT_PROGRESS) {
                    throw FeedException.failed(
                            "Kafka sends nothing of " + partition + " from offset " + before, new KafkaException());
                }
            }
        } finally {
            deserializer.close();
        }
        return Optional.ofNullable(newest);
    }

    /** Takes a record for the next commit. It waits here: what comes after it may be long in coming, and a transaction may not be. */
    void add(Topics topic, String recordKey, SpecificRecord value) {
        added.add(new ProducerRecord<>(topic.topicName(), recordKey, value));
    }

    /** Writes what was added with the position after it. */
    void commit(FeedPosition position) {
        add(Topics.FEEDS_POSITIONS, key, position);
        try {
            producer.beginTransaction();
            inTransaction = true;
            added.forEach(this::send);
            added.clear();
            producer.commitTransaction();
            inTransaction = false;
        } catch (ProducerFencedException | InvalidProducerEpochException e) {
            throw FeedException.refused("Another process feeds the same now: this one stops. (" + e.getMessage() + ")");
        } catch (KafkaException e) {
            Exception cause = failure.get();
            throw FeedException.failed(
                    "Kafka did not take the pairs: " + (cause == null ? e.getMessage() : cause.getMessage())
                            + "; start the feed again, it goes on where it was",
                    e);
        }
    }

    /** Ends without a commit: what was added after the last one is dropped. */
    @Override
    public void close() {
        if (inTransaction) {
            try {
                producer.abortTransaction();
            } catch (KafkaException e) {
                // The next process that opens this feed, or the transaction's time-out, aborts it.
                producer.close(Duration.ZERO);
                return;
            }
        }
        producer.close(Duration.ofSeconds(10));
    }

    // The callback hears of the failure, and the commit fails with it.
    @SuppressWarnings("FutureReturnValueIgnored")
    private void send(ProducerRecord<String, SpecificRecord> record) {
        producer.send(record, (metadata, problem) -> {
            if (problem != null) {
                failure.compareAndSet(null, problem);
            }
        });
    }
}
