package dev.capstan.platform;

import java.util.HashMap;
import java.util.Map;

/**
 * Where the cluster and the registry are, with what their clients need beside (security, for example).
 *
 * @param bootstrapServers Kafka's addresses
 * @param registryUrl the schema registry's addresses
 * @param extra further client properties, given to every client as they are
 */
public record KafkaSettings(String bootstrapServers, String registryUrl, Map<String, String> extra) {
    // A broker whose host is gone does not refuse a connection: with Kafka's 10 to 30 s each client would hang on it
    // that long.
    private static final Map<String, String> CONNECTION_TIMEOUTS =
            Map.of("socket.connection.setup.timeout.ms", "2000", "socket.connection.setup.timeout.max.ms", "5000");

    public KafkaSettings {
        extra = Map.copyOf(extra);
    }

    /**
     * Reads {@code bootstrap-servers} and {@code registry} (both required) and every key under {@code kafka.}. As
     * environment variables: {@code CAPSTAN_BOOTSTRAP_SERVERS}, {@code CAPSTAN_REGISTRY}, {@code CAPSTAN_KAFKA_...}.
     */
    public static KafkaSettings from(ConfigurationSource source) {
        return new KafkaSettings(
                source.required("bootstrap-servers", "give Kafka's address, for example 127.0.0.1:9092"),
                source.required("registry", "give the schema registry's address, for example http://127.0.0.1:8081"),
                source.kafkaProperties());
    }

    /**
     * Properties that every client starts from; the caller adds its own. A connection must stand within 2 to 5 s unless
     * {@code kafka.socket.connection.setup.timeout.ms} and its {@code max} say otherwise.
     */
    public Map<String, Object> clientProperties() {
        Map<String, Object> properties = new HashMap<>(CONNECTION_TIMEOUTS);
        properties.putAll(extra);
        properties.put("bootstrap.servers", bootstrapServers);
        properties.put("schema.registry.url", registryUrl);
        return properties;
    }

    /** A read_committed consumer that commits nothing by itself and starts at the earliest offset. */
    public Map<String, Object> consumerProperties(String groupId) {
        Map<String, Object> properties = clientProperties();
        properties.put("group.id", groupId);
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "earliest");
        return properties;
    }

    /** An idempotent producer that waits for all replicas and sends at once. */
    public Map<String, Object> producerProperties() {
        Map<String, Object> properties = clientProperties();
        properties.put("acks", "all");
        properties.put("enable.idempotence", true);
        properties.put("linger.ms", 0);
        return properties;
    }
}
