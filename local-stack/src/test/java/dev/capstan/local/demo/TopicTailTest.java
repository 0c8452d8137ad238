package dev.capstan.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.local.requests.FakeInference;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.schemas.records.TrainingMode;
import dev.capstan.testing.KafkaExtension;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TopicTailTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final String MODEL = "capstan-demo";
    private static final Instant THEN = Instant.parse("2026-01-02T03:04:05Z");

    private TopicTail tail;
    private Thread thread;

    @BeforeEach
    void follow() {
        KAFKA.recreateTopics();
        tail = new TopicTail(new KafkaSettings(KAFKA.bootstrapServers(), KAFKA.registryUrl(), Map.of()), MODEL);
        thread = new Thread(tail, "tail");
    }

    @AfterEach
    void stop() throws InterruptedException {
        tail.stop();
        thread.join();
    }

    @Test
    void shouldFollowVersionsAndReloadsFromTheBeginning() throws Exception {
        write(lineage(MODEL, 1, 0));
        write(reload(MODEL, 1, ReloadOutcome.SERVING, 500));
        thread.start();
        write(lineage(MODEL, 2, 1_000));
        write(reload(MODEL, 2, ReloadOutcome.SERVING, 1_420));
        write(reload(MODEL, 2, ReloadOutcome.SERVING, 9_000));
        write(reload(MODEL, 3, ReloadOutcome.FAILED, 9_500));

        awaitReloads(3);
        Awaitility.await().until(() -> tail.lastFailure().isPresent());

        assertThat(tail.served()).hasValue(2);
        assertThat(tail.versions()).extracting(CheckpointLineage::getVersion).containsExactly(1L, 2L);
        assertThat(tail.latest().orElseThrow().getVersion()).isEqualTo(2);
        assertThat(tail.publishToServing(1)).hasValue(500);
        assertThat(tail.publishToServing(2)).hasValue(420);
        assertThat(tail.publishToServing(3)).isEmpty();
        assertThat(tail.lastFailure().orElseThrow().getVersion()).isEqualTo(3);
        assertThat(tail.failure()).isNull();
    }

    @Test
    void shouldPassOverOtherModels() throws Exception {
        thread.start();
        write(lineage("another", 8, 0));
        write(reload("another", 8, ReloadOutcome.SERVING, 10));
        write(lineage(MODEL, 1, 0));
        write(reload(MODEL, 1, ReloadOutcome.SERVING, 10));

        awaitReloads(1);

        assertThat(tail.served()).hasValue(1);
        assertThat(tail.versions()).hasSize(1);
    }

    @Test
    void shouldPassOverARecordThatCannotBeRead() throws Exception {
        thread.start();
        FakeInference.poison(KAFKA.clientProperties(), Topics.EVENTS_RELOADS);
        FakeInference.poison(KAFKA.clientProperties(), Topics.CHECKPOINTS_LINEAGE);
        write(reload(MODEL, 1, ReloadOutcome.SERVING, 10));

        awaitReloads(1);

        assertThat(tail.failure()).isNull();
    }

    @Test
    void shouldSayWhyItEnded() {
        tail = new TopicTail(
                new KafkaSettings(KAFKA.bootstrapServers(), KAFKA.registryUrl(), Map.of("security.protocol", "NONE")),
                MODEL);

        tail.run();

        assertThat(tail.failure()).isNotNull();
        assertThat(tail.served()).isEmpty();
    }

    private void awaitReloads(int count) {
        Awaitility.await().until(() -> tail.failure() != null || tail.reloads() == count);
    }

    private static ReloadEvent reload(String model, long version, ReloadOutcome outcome, long millis) {
        return new ReloadEvent(model, version, "inference-1", outcome, null, 0L, THEN, THEN.plusMillis(millis));
    }

    private static CheckpointLineage lineage(String model, long version, long millis) {
        return CheckpointLineage.newBuilder()
                .setModel(model)
                .setVersion(version)
                .setStep(version)
                .setMode(TrainingMode.JOINT)
                .setShards(List.of())
                .setReplayed(List.of())
                .setPolicyVersions(List.of())
                .setOffsets(List.of())
                .setLosses(List.of())
                .setCrawled(List.of())
                .setPairs(0)
                .setTrainingSeconds(0)
                .setEvaluation(Evaluation.newBuilder().setHeldoutPairs(0).build())
                .setBytesPublished(0)
                .setBytesTotal(0)
                .setPublishedAt(THEN.plusMillis(millis))
                .build();
    }

    private static void write(SpecificRecord value) throws Exception {
        Topics topic = value instanceof ReloadEvent ? Topics.EVENTS_RELOADS : Topics.CHECKPOINTS_LINEAGE;
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(KAFKA.clientProperties(), false);
        try (KafkaProducer<String, SpecificRecord> producer =
                new KafkaProducer<>(KAFKA.clientProperties(), new StringSerializer(), serializer)) {
            // A key each, so that compaction leaves every record.
            String key = List.of(topic, value).hashCode() + "";
            producer.send(new ProducerRecord<>(topic.topicName(), 0, key, value))
                    .get();
        }
    }
}
