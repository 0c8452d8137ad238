package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.ingest.filter.CurationPolicy.NearDuplicateRule;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.PairHash;
import dev.capstan.testing.KafkaExtension;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class HashFollowerTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final NearDuplicateRule RULE = new NearDuplicateRule(100, Duration.ofHours(1), 3);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Origin OTHER = new Origin("pairs.crawled", 0, 999);

    private final AvroSerializer<PairHash> values = new AvroSerializer<>();
    private final NearDuplicates memory = new NearDuplicates(RULE);
    private final AtomicBoolean failed = new AtomicBoolean();

    @BeforeEach
    void createTopics() {
        KAFKA.recreateTopics();
        values.configure(KAFKA.clientProperties(), false);
    }

    @AfterEach
    void close() {
        values.close();
    }

    @Test
    void shouldKnowWhatWasThereBeforeAndFollowWhatIsCommitted() {
        try (KafkaProducer<byte[], byte[]> producer = producer();
                HashFollower follower = follower()) {
            producer.beginTransaction();
            send(producer, hash(0), Instant.now());
            send(producer, hash(1), Instant.now().minus(RULE.window()).minus(Duration.ofMinutes(5)));
            producer.commitTransaction();
            KAFKA.awaitMarkers();

            follower.start();
            long now = System.currentTimeMillis();

            assertThat(memory.judge(hash(0), now, OTHER)).isPresent();
            assertThat(memory.judge(hash(1), now, OTHER)).isEmpty();

            producer.beginTransaction();
            send(producer, hash(2), Instant.now());
            producer.flush();
            producer.abortTransaction();
            producer.beginTransaction();
            sendBytes(producer, "no wire format".getBytes(StandardCharsets.UTF_8), Instant.now());
            send(producer, hash(3), Instant.now());
            producer.commitTransaction();
            await().atMost(PATIENCE)
                    .until(() -> memory.judge(hash(3), now, OTHER).isPresent());

            assertThat(memory.judge(hash(2), now, OTHER)).isEmpty();
            assertThat(failed).isFalse();
        }
    }

    @Test
    void shouldEndBeforeItHasStarted() {
        try (HashFollower follower = follower()) {
            assertThat(follower).isNotNull();
        }

        assertThat(failed).isFalse();
    }

    private HashFollower follower() {
        KafkaSettings settings = new KafkaSettings(
                KAFKA.bootstrapServers(),
                String.valueOf(KAFKA.clientProperties().get("schema.registry.url")),
                Map.of());
        return new HashFollower(settings, RULE, memory, Clock.systemUTC(), () -> failed.set(true));
    }

    private static KafkaProducer<byte[], byte[]> producer() {
        Map<String, Object> properties = new HashMap<>(KAFKA.clientProperties());
        properties.put("transactional.id", "hashes-" + UUID.randomUUID());
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        return producer;
    }

    private void send(KafkaProducer<byte[], byte[]> producer, long hash, Instant time) {
        String topic = Topics.PAIRS_HASHES.topicName();
        byte[] value = Objects.requireNonNull(values.serialize(topic, new PairHash("pair", hash, 0, hash, time)));
        sendBytes(producer, value, time);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a failed send fails the commit
    private static void sendBytes(KafkaProducer<byte[], byte[]> producer, byte[] value, Instant time) {
        producer.send(
                new ProducerRecord<>(Topics.PAIRS_HASHES.topicName(), 0, time.toEpochMilli(), new byte[] {1}, value));
    }

    /** Hashes that differ in many bits. */
    private static long hash(int number) {
        return (number + 1) * 0x9E37_79B9_7F4A_7C15L;
    }
}
