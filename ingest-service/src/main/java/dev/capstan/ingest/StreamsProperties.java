package dev.capstan.ingest;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * The settings that Kafka Streams runs with.
 *
 * <p>The classic group protocol is a decision: with the streams protocol (KIP-1071) the session time-out is the broker's,
 * 45 s by default and at least unless it is configured otherwise, so that the partitions of a killed instance would stand still for that
 * long. See docs/adr/0002-ingest-topology.md.
 */
final class StreamsProperties {

    /** Kafka warns at every start unless it is set; its constant is deprecated, for Kafka 5 sets it by itself. */
    private static final String GLOBAL_EXCEPTION_HANDLER = "processing.exception.handler.global.enabled";

    private static final int PRODUCER_BUFFER_BYTES = 8 << 20;
    private static final int FETCH_BYTES = 4 << 20;
    private static final int PARTITION_FETCH_BYTES = 1 << 20;
    private static final long CHANGELOG_RETENTION_BEYOND_MILLIS = 600_000;

    private StreamsProperties() {}

    static Map<String, Object> of(IngestConfig config, RecordLimits limits, BoundedStateMemory memory) {
        IngestConfig.StreamSettings settings = config.streams();
        // A candidate is the finished record, its key, and what the refusal of a duplicate needs.
        int maxRecord = limits.largest() + 4096;
        Map<String, Object> properties = new HashMap<>(config.kafka().clientProperties());
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "classic");
        properties.put(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                settings.commitInterval().toMillis());
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, settings.threads());
        properties.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, settings.standbyReplicas());
        properties.put(
                StreamsConfig.STATE_DIR_CONFIG,
                settings.stateDirectory().toAbsolutePath().toString());
        properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        properties.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, settings.bufferedRecords());
        properties.put(GLOBAL_EXCEPTION_HANDLER, true);
        properties.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        properties.put(
                StreamsConfig.WINDOW_STORE_CHANGE_LOG_ADDITIONAL_RETENTION_MS_CONFIG,
                CHANGELOG_RETENTION_BEYOND_MILLIS);
        properties.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedStateMemory.Setter.class);
        properties.put(BoundedStateMemory.KEY, memory);
        properties.put(StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG, OversizedRecordHandler.class);
        properties.put(OversizedRecordHandler.LIMITS_KEY, limits);
        properties.put(StreamsConfig.topicPrefix("max.message.bytes"), maxRecord);

        mainConsumer(properties, ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, (int)
                settings.sessionTimeout().toMillis());
        mainConsumer(properties, ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, (int)
                settings.heartbeatInterval().toMillis());
        mainConsumer(properties, ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        mainConsumer(properties, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 4 * settings.bufferedRecords());
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_BYTES_CONFIG), FETCH_BYTES);
        properties.put(
                StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), PARTITION_FETCH_BYTES);

        producer(properties, ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int)
                settings.transactionTimeout().toMillis());
        producer(properties, ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxRecord);
        producer(
                properties, ProducerConfig.BUFFER_MEMORY_CONFIG, (long) Math.max(PRODUCER_BUFFER_BYTES, 2 * maxRecord));
        return properties;
    }

    private static void mainConsumer(Map<String, Object> properties, String key, Object value) {
        properties.put(StreamsConfig.mainConsumerPrefix(key), value);
    }

    private static void producer(Map<String, Object> properties, String key, Object value) {
        properties.put(StreamsConfig.producerPrefix(key), value);
    }
}
