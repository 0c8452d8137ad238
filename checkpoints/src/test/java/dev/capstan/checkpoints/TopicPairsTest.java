package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.testing.KafkaExtension;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TopicPairsTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final String TOPIC = "counted";

    @Test
    void shouldCountPairsAndNeitherMarkersNorAbortedRecords() {
        KAFKA.createTopic(TOPIC, 1, Map.of());
        try (Producer<String, byte[]> producer = transactional();
                TopicPairs pairs = new TopicPairs(KAFKA.clientProperties(), Duration.ofSeconds(30))) {
            producer.initTransactions();
            send(producer, 3, true); // 0..2, marker 3
            send(producer, 2, false); // 4..5 aborted, marker 6
            send(producer, 1, true); // 7, marker 8

            KAFKA.awaitMarkers();
            assertThat(pairs.between(TOPIC, 0, 0, 9)).isEqualTo(OptionalLong.of(4));
            assertThat(pairs.between(TOPIC, 0, 3, 7)).isEqualTo(OptionalLong.of(0));
            assertThat(pairs.between(TOPIC, 0, 2, 8)).isEqualTo(OptionalLong.of(2));
            assertThat(pairs.between(TOPIC, 0, 0, 10)).isEmpty();
        }
    }

    private static void send(Producer<String, byte[]> producer, int records, boolean commit) {
        producer.beginTransaction();
        for (int i = 0; i < records; i++) {
            RawLog.send(producer, new ProducerRecord<>(TOPIC, "key", new byte[] {1}));
        }
        if (commit) {
            producer.commitTransaction();
        } else {
            producer.abortTransaction();
        }
    }

    private static Producer<String, byte[]> transactional() {
        Map<String, Object> properties = KAFKA.clientProperties();
        properties.put("transactional.id", "pairs");
        return new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    }
}
