package dev.capstan.trainer;

import dev.capstan.schemas.AvroDeserializer;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** The Kafka clients of a trainer, with the settings that its guarantees rest on. */
final class TrainerClients {
    private static final int MEBIBYTE = 1024 * 1024;
    /** A step, a scoring and a load of the model all happen between two polls. */
    private static final Duration LONGEST_ROUND = Duration.ofMinutes(10);

    private final TrainerConfig config;

    TrainerClients(TrainerConfig config) {
        this.config = config;
    }

    /**
     * The curated topic. The group instance id lets a trainer that was killed come back to its partitions at once, and
     * fences the one before it.
     */
    Consumer<String, byte[]> curated() {
        Map<String, Object> properties = config.kafka().consumerProperties(config.consumerGroup());
        properties.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, config.transactionalId());
        properties.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
        properties.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, config.input().batchSize());
        properties.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, Math.toIntExact(LONGEST_ROUND.toMillis()));
        return consumer(properties);
    }

    /** The held-out pairs and the label sets, without a membership in the group. */
    Consumer<String, byte[]> heldout() {
        Map<String, Object> properties =
                config.kafka().consumerProperties("capstan-trainer-heldout-" + UUID.randomUUID());
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        return consumer(properties);
    }

    <T extends SpecificRecord> AvroDeserializer<T> deserializer(Class<T> type) {
        AvroDeserializer<T> deserializer = new AvroDeserializer<>(type);
        deserializer.configure(config.kafka().clientProperties(), false);
        return deserializer;
    }

    private static Consumer<String, byte[]> consumer(Map<String, Object> properties) {
        properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 8 * MEBIBYTE);
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 2 * MEBIBYTE);
        return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    }
}
