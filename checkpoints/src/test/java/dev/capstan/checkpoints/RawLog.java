package dev.capstan.checkpoints;

import dev.capstan.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** The checkpoint topics without the classes under test: writes what no writer would, and reads what is really there. */
final class RawLog implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final Map<String, Object> clientProperties;
    private final Producer<String, SpecificRecord> producer;

    RawLog(Map<String, Object> clientProperties) {
        this.clientProperties = clientProperties;
        producer = LogClients.idempotent(clientProperties);
    }

    /** Writes a record, or a tombstone, and says where it lies. */
    long put(Topics topic, String key, @Nullable SpecificRecord value) {
        return send(producer, new ProducerRecord<>(topic.topicName(), key, value));
    }

    /** Sends and waits for the acknowledgement. */
    static <V> long send(Producer<String, V> producer, ProducerRecord<String, V> record) {
        try {
            return producer.send(record).get().offset();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    void putBytes(Topics topic, String key, byte[] value) {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        try (Producer<String, byte[]> plain =
                new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer())) {
            send(plain, new ProducerRecord<>(topic.topicName(), key, value));
        }
    }

    /** Every committed record of a topic, in order. */
    List<ConsumerRecord<String, byte[]>> committed(Topics topic) {
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        try (PartitionReader reader = new PartitionReader(LogClients.boundedReader(clientProperties))) {
            new TopicCursor(reader, topic.topicName()).catchUp(Deadline.after(TIMEOUT), records::add);
        }
        return records;
    }

    List<String> committedKeys(Topics topic) {
        return committed(topic).stream().map(ConsumerRecord::key).toList();
    }

    /** The keys that compaction would leave in a topic. */
    Set<String> keptKeys(Topics topic) {
        Set<String> kept = new HashSet<>();
        for (ConsumerRecord<String, byte[]> record : committed(topic)) {
            if (record.value() == null) {
                kept.remove(record.key());
            } else {
                kept.add(record.key());
            }
        }
        return kept;
    }

    @Override
    public void close() {
        producer.close();
    }
}
