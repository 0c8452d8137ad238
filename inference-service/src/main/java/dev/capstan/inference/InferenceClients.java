package dev.capstan.inference;

import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.records.ReloadEvent;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Makes the Kafka clients of one inference process. What correctness rests on cannot be configured away. */
final class InferenceClients {
    private static final int FETCH_BYTES = 8 * 1024 * 1024;

    private final InferenceConfig config;

    InferenceClients(InferenceConfig config) {
        this.config = config;
    }

    /**
     * The member of the group. It has a static name, so that a restart takes its place at once instead of waiting for the
     * session of its predecessor to end.
     */
    Consumer<byte[], byte[]> requests() {
        Map<String, Object> properties = config.kafka().consumerProperties(InferenceConfig.GROUP);
        properties.putIfAbsent(
                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        properties.putIfAbsent(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        properties.put(
                ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                milliseconds(config.timing().session()));
        properties.put(
                ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                milliseconds(config.timing().session().dividedBy(3)));
        properties.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, config.instance());
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, InferenceConfig.GROUP + "-" + config.instance());
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, config.batch().maxRequests());
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** A reader of whole topics, in no group. */
    Consumer<String, byte[]> follower() {
        Map<String, Object> properties = config.kafka().consumerProperties(InferenceConfig.GROUP);
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    }

    /** The transactional producer of answers. */
    Producer<String, byte[]> answers() {
        Map<String, Object> properties = config.kafka().producerProperties();
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, config.transactionalId());
        int transaction = milliseconds(config.timing().transaction());
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, transaction);
        // No send may outlive its transaction.
        properties.putIfAbsent(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, transaction);
        properties.putIfAbsent(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.max(1, transaction / 2));
        properties.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, TimeUnit.SECONDS.toMillis(30));
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 2 * 1024 * 1024);
        return new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    }

    /** The producer of reload events. */
    Producer<String, ReloadEvent> reloads() {
        AvroSerializer<ReloadEvent> serializer = new AvroSerializer<>();
        serializer.configure(config.kafka().clientProperties(), false);
        return new KafkaProducer<>(config.kafka().producerProperties(), new StringSerializer(), serializer);
    }

    <T extends SpecificRecord> AvroDeserializer<T> deserializer(Class<T> type) {
        AvroDeserializer<T> deserializer = new AvroDeserializer<>(type);
        deserializer.configure(config.kafka().clientProperties(), false);
        return deserializer;
    }

    AvroSerializer<SpecificRecord> serializer() {
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(config.kafka().clientProperties(), false);
        return serializer;
    }

    private static int milliseconds(Duration duration) {
        return Math.toIntExact(duration.toMillis());
    }
}
