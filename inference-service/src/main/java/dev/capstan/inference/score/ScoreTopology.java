package dev.capstan.inference.score;

import dev.capstan.inference.score.ScoreProcessor.Sent;
import dev.capstan.schemas.Topics;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;

/**
 * {@code pairs.unscored} ─ score ─┬─ {@code pairs.curated}, └─ {@code pairs.rejected}: one processor, no state. Every record
 * becomes exactly one record of the two.
 */
final class ScoreTopology {
    private static final int MAX_POLL_RECORDS = 64;
    private static final int FETCH_BYTES = 4 << 20;

    private ScoreTopology() {}

    static Topology build(Supplier<ScoreProcessor> processors) {
        Serde<byte[]> bytes = Serdes.ByteArray();
        Serde<Sent> sent = Serdes.serdeFrom((topic, value) -> value.value().get(), (topic, value) -> {
            throw new IllegalStateException(topic + " is written only; it holds " + value.length + " bytes");
        });
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(
                        Topics.PAIRS_UNSCORED.topicName(),
                        Consumed.with(bytes, bytes).withName("unscored"))
                .process(processors::get, Named.as("score"))
                .to(
                        (key, value, context) -> value.destination().topicName(),
                        Produced.with(bytes, sent).withName("scored"));
        return builder.build();
    }

    /** One thread, because one thread owns the model; more partitions at once are more processes. */
    static Map<String, Object> properties(ScoreConfig config) {
        Map<String, Object> properties = new HashMap<>(config.kafka().clientProperties());
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, config.applicationId());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "classic");
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        properties.put(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, config.commitInterval().toMillis());
        properties.put(
                StreamsConfig.STATE_DIR_CONFIG,
                config.stateDirectory().toAbsolutePath().toString());
        properties.put("processing.exception.handler.global.enabled", true);
        int session = Math.toIntExact(config.sessionTimeout().toMillis());
        properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), session);
        properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), session / 4);
        properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), MAX_POLL_RECORDS);
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_BYTES_CONFIG), FETCH_BYTES);
        properties.put(
                StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
                Math.toIntExact(config.transactionTimeout().toMillis()));
        properties.put(
                StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG),
                Topics.PAIRS_UNSCORED.maxMessageBytes());
        return properties;
    }
}
