package dev.capstan.console.lag;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import dev.capstan.testing.KafkaExtension;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class LagReaderTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    private final String topic = "numbers-" + UUID.randomUUID();
    private final String group = "readers-" + UUID.randomUUID();
    private LagReader reader;

    @BeforeEach
    void open() {
        KAFKA.createTopic(topic, 2, Map.of());
        reader = new LagReader(
                new KafkaSettings(KAFKA.bootstrapServers(), KAFKA.registryUrl(), Map.of()),
                new LagReader.Watched(Map.of(group, Set.of(topic)), Set.of(topic), Duration.ZERO),
                CLOCK);
    }

    @AfterEach
    void close() {
        reader.close();
    }

    @Test
    void shouldTellRecordsAndTheAgeOfTheOldestRecordThatTheGroupHasNotCommitted() throws Exception {
        write(0, 50, 40, 30);
        write(1, 20);
        commit(0, 1);

        LagSnapshot lag = reader.read(Map.of());

        assertThat(of(lag, 0).records()).isEqualTo(2);
        assertThat(of(lag, 0).seconds()).isEqualTo(OptionalDouble.of(40));
        assertThat(of(lag, 1).records()).isEqualTo(1);
        assertThat(of(lag, 1).seconds()).isEqualTo(OptionalDouble.of(20));
        assertThat(lag.seconds(group, topic)).isEqualTo(OptionalDouble.of(40));
        assertThat(lag.records(group, topic)).isEqualTo(3);
    }

    @Test
    void shouldTellNoLagOfAGroupThatCommittedEverything() throws Exception {
        write(0, 50);
        commit(0, 1);

        LagSnapshot lag = reader.read(Map.of());

        assertThat(of(lag, 0).records()).isZero();
        assertThat(of(lag, 0).seconds()).isEqualTo(OptionalDouble.of(0));
        assertThat(of(lag, 0).stalled()).isFalse();
    }

    @Test
    void shouldNotCountTransactionMarkersOrAbortedRecordsAsLag() throws Exception {
        transaction(false, 90);
        transaction(true, 70);

        LagSnapshot lag = reader.read(Map.of());

        assertThat(of(lag, 0).seconds()).isEqualTo(OptionalDouble.of(70));
        commit(0, 3);
        assertThat(of(reader.read(Map.of()), 0).records()).isZero();
    }

    @Test
    void shouldCountFromTheFirstRecordThatIsKept() throws Exception {
        write(0, 50, 40, 30);
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            admin.deleteRecords(Map.of(partition(0), RecordsToDelete.beforeOffset(2)))
                    .all()
                    .get();
        }

        LagSnapshot lag = reader.read(Map.of());

        assertThat(of(lag, 0).records()).isEqualTo(1);
        assertThat(of(lag, 0).seconds()).isEqualTo(OptionalDouble.of(30));
    }

    @Test
    void shouldMeasureSeveralPositionsOnOnePartition() throws Exception {
        write(0, 50, 40, 30);
        commit(0, 2);

        LagSnapshot lag = reader.read(Map.of("served", Map.of(partition(0), 1L)));

        assertThat(lag.seconds(group, topic)).isEqualTo(OptionalDouble.of(30));
        assertThat(lag.seconds("served", topic)).isEqualTo(OptionalDouble.of(40));
    }

    @Test
    void shouldCallAPartitionStalledThatHasLagAndDoesNotMove() throws Exception {
        write(0, 50);
        reader.read(Map.of());

        LagSnapshot second = reader.read(Map.of());

        assertThat(second.stalled())
                .extracting(PartitionLag::of)
                .containsExactly(new GroupPartition(group, partition(0)));
    }

    @Test
    void shouldTakeRecordsThatWaitForTheirTimeForNoLag() throws Exception {
        String waiting = Topics.PAIRS_LOCATED_RETRY.topicName();
        KAFKA.createTopic(waiting, 1, Map.of());
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            admin.alterConsumerGroupOffsets(
                            group,
                            Map.of(
                                    new TopicPartition(waiting, 0),
                                    new OffsetAndMetadata(0),
                                    partition(0),
                                    new OffsetAndMetadata(0)))
                    .all()
                    .get();
        }

        assertThat(reader.read(Map.of()).partitions())
                .extracting(one -> one.of().partition().topic())
                .containsOnly(topic);
    }

    @Test
    void shouldGoOnWithoutATopicThatDoesNotExist() {
        try (LagReader lonely = new LagReader(
                new KafkaSettings(KAFKA.bootstrapServers(), KAFKA.registryUrl(), Map.of()),
                new LagReader.Watched(Map.of(group, Set.of(topic, "nowhere")), Set.of(), Duration.ZERO),
                CLOCK)) {
            assertThat(lonely.read(Map.of()).partitions())
                    .extracting(PartitionLag::of)
                    .containsExactly(new GroupPartition(group, partition(0)), new GroupPartition(group, partition(1)));
        }
    }

    private PartitionLag of(LagSnapshot lag, int partition) {
        return lag.partitions().stream()
                .filter(one -> one.of().equals(new GroupPartition(group, partition(partition))))
                .findFirst()
                .orElseThrow();
    }

    private TopicPartition partition(int partition) {
        return new TopicPartition(topic, partition);
    }

    private void write(int partition, int... ages) throws ExecutionException, InterruptedException {
        try (Producer<String, String> producer = producer(Map.of())) {
            for (int age : ages) {
                producer.send(record(partition, age)).get();
            }
        }
    }

    private void transaction(boolean commits, int age) throws ExecutionException, InterruptedException {
        try (Producer<String, String> producer = producer(Map.of("transactional.id", topic))) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(record(0, age)).get();
            if (commits) {
                producer.commitTransaction();
            } else {
                producer.abortTransaction();
            }
        }
        KAFKA.awaitMarkers();
    }

    private ProducerRecord<String, String> record(int partition, int age) {
        return new ProducerRecord<>(topic, partition, NOW.minusSeconds(age).toEpochMilli(), "key", "value");
    }

    private Producer<String, String> producer(Map<String, Object> further) {
        Map<String, Object> properties = new HashMap<>(KAFKA.clientProperties());
        properties.putAll(further);
        return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }

    private void commit(int partition, long offset) throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            admin.alterConsumerGroupOffsets(group, Map.of(partition(partition), new OffsetAndMetadata(offset)))
                    .all()
                    .get();
        }
    }
}
