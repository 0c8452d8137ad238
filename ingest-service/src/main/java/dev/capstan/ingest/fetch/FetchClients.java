package dev.capstan.ingest.fetch;

import dev.capstan.ingest.TopicLimits;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Makes the Kafka clients of one process. What correctness rests on cannot be configured away. */
public class FetchClients {
    static final List<Topics> INPUTS = List.of(Topics.PAIRS_LOCATED, Topics.PAIRS_LOCATED_RETRY);
    static final List<Topics> OUTPUTS =
            List.of(Topics.PAIRS_CRAWLED, Topics.PAIRS_REJECTED, Topics.PAIRS_LOCATED_RETRY);

    private static final int MAX_POLL_RECORDS = 1000;

    private final FetchConfig config;
    /** Without a name, each process is a new one. */
    private final String member;

    public FetchClients(FetchConfig config) {
        this.config = config;
        this.member =
                config.group().instance().orElseGet(() -> UUID.randomUUID().toString());
    }

    /**
     * The member of the group. Partitions of the two inputs with one number go to one member, because both are keyed by host
     * and a host's pauses are kept by one process: only the range assignor promises that.
     */
    Consumer<String, byte[]> consumer() {
        Map<String, Object> properties =
                config.kafka().consumerProperties(config.group().name());
        int session = Math.toIntExact(config.group().sessionTimeout().toMillis());
        properties.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
        properties.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, RangeAssignor.class.getName());
        properties.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, session);
        properties.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, session / 3);
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.group().instance().ifPresent(name -> properties.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, name));
        return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    }

    /** The transactional producer of this process, with what {@link #producerProperties} says. */
    Producer<String, byte[]> producer() {
        return new KafkaProducer<>(producerProperties(), new StringSerializer(), new ByteArraySerializer());
    }

    /** A process with the same instance name fences this one, and ends what it left open. */
    Map<String, Object> producerProperties() {
        Map<String, Object> properties = config.kafka().producerProperties();
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, config.group().name() + "-" + member);
        properties.put(
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                Math.toIntExact(config.group().transactionTimeout().toMillis()));
        // The topics' own limits are read and kept to; this one must only not be in the way.
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 1 << 30);
        return properties;
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

    /** How large a record each output takes. */
    Map<Topics, Integer> limits() {
        return new TopicLimits(config.kafka().clientProperties(), OUTPUTS).read();
    }
}
