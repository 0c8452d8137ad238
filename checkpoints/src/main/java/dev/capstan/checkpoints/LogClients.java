package dev.capstan.checkpoints;

import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka clients with the settings that the checkpoint log relies on, over the properties that a service gives. */
final class LogClients {
    private static final int MEBIBYTE = 1024 * 1024;

    private LogClients() {}

    /** A read_committed consumer without a group, for bounded reads of what is there. */
    static Consumer<String, byte[]> boundedReader(Map<String, Object> clientProperties) {
        // One fetch a node is in flight: a fetch that waits for new data would hold up the next read.
        return consumer(clientProperties, Map.of(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 5));
    }

    /** A read_committed consumer without a group, for waiting for what is to come. */
    static Consumer<String, byte[]> tail(Map<String, Object> clientProperties) {
        return consumer(clientProperties, Map.of());
    }

    /** A transactional producer; {@code extra} wins over the service's properties. */
    static Producer<String, SpecificRecord> transactional(
            Map<String, Object> clientProperties, String transactionalId, WriterOptions options) {
        Map<String, Object> extra = new HashMap<>();
        extra.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        extra.put(
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                Math.toIntExact(options.transactionTimeout().toMillis()));
        return producer(clientProperties, extra);
    }

    static Producer<String, SpecificRecord> idempotent(Map<String, Object> clientProperties) {
        return producer(clientProperties, Map.of());
    }

    static <T extends SpecificRecord> AvroDeserializer<T> deserializer(
            Map<String, Object> clientProperties, Class<T> type) {
        AvroDeserializer<T> deserializer = new AvroDeserializer<>(type);
        deserializer.configure(clientProperties, false);
        return deserializer;
    }

    private static Producer<String, SpecificRecord> producer(
            Map<String, Object> clientProperties, Map<String, Object> extra) {
        Map<String, Object> properties = common(clientProperties);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        // One piece of a tensor, or many small ones; buffers of exactly this size are used again.
        properties.put(ProducerConfig.BATCH_SIZE_CONFIG, MEBIBYTE + 16 * 1024);
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 9 * MEBIBYTE);
        properties.putAll(extra);
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(clientProperties, false);
        return new KafkaProducer<>(properties, new StringSerializer(), serializer);
    }

    private static Consumer<String, byte[]> consumer(Map<String, Object> clientProperties, Map<String, Object> extra) {
        Map<String, Object> properties = common(clientProperties);
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        properties.remove(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 32 * MEBIBYTE);
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 16 * MEBIBYTE);
        properties.putAll(extra);
        return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    }

    private static Map<String, Object> common(Map<String, Object> clientProperties) {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        // A client id shared by several clients of one process makes their metrics collide.
        properties.remove("client.id");
        return properties;
    }
}
