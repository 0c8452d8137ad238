package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.broker.EmbeddedBroker;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.RegistryClients;
import dev.capstan.schemas.SchemaProvisioner;
import dev.capstan.schemas.TopicProvisioner;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ScoredLabel;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client that nobody here wrote (kafkajs with its registry package) reads a record of ours, and we read one of its
 * making. Needs Node and the installed packages of {@code end-to-end/interoperability}.
 */
@Tag("npm")
class KafkaJsInteroperabilityTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Instant ASKED = Instant.parse("2026-01-02T03:04:05.678Z");

    @TempDir
    Path directory;

    @Test
    void shouldExchangeRecordsWithAnIndependentClient() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"), 0);
                RegistryProcess registry = RegistryProcess.start(directory)) {
            Map<String, Object> properties = Map.of(
                    "bootstrap.servers",
                    broker.bootstrapServers(),
                    RegistryClients.SCHEMA_REGISTRY_URL,
                    registry.url());
            provision(properties);
            ClassificationEvent written = new ClassificationEvent(
                    "e1", "r1", "cat", List.of(new ScoredLabel("cat", 0.75)), "capstan-demo", 7L, ASKED, ASKED);
            send(properties, written);

            String request = "{\"requestId\":\"from-kafkajs\",\"image\":\"AQID\",\"prompt\":\"a photo of\","
                    + "\"maxTokens\":5,\"beams\":1,\"requestedAt\":" + ASKED.toEpochMilli() + "}";
            JsonNode decoded = exchange(broker.bootstrapServers(), registry.url(), request);

            assertThat(decoded.get("requestId").asText()).isEqualTo("r1");
            assertThat(decoded.get("label").asText()).isEqualTo("cat");
            assertThat(decoded.get("checkpoint").asLong()).isEqualTo(7);
            assertThat(decoded.get("alternatives").get(0).get("probability").asDouble())
                    .isEqualTo(0.75);
            assertThat(decoded.get("requestedAt").asLong()).isEqualTo(ASKED.toEpochMilli());
            CaptionRequest read = receive(properties);
            assertThat(read.getRequestId()).isEqualTo("from-kafkajs");
            assertThat(read.getPrompt()).isEqualTo("a photo of");
            assertThat(read.getMaxTokens()).isEqualTo(5);
            assertThat(read.getImage().remaining()).isEqualTo(3);
            assertThat(read.getRequestedAt()).isEqualTo(ASKED);
        }
    }

    private static void provision(Map<String, Object> properties) throws Exception {
        try (Admin admin = Admin.create(properties);
                SchemaRegistryClient client = RegistryClients.create(properties)) {
            new TopicProvisioner(admin, TopicProvisioner.Options.defaults()).ensureAll();
            new SchemaProvisioner(client).ensure(List.of(Topics.values()));
        }
    }

    private static void send(Map<String, Object> properties, ClassificationEvent event) throws Exception {
        AvroSerializer<ClassificationEvent> serializer = new AvroSerializer<>();
        serializer.configure(properties, false);
        try (KafkaProducer<String, ClassificationEvent> producer =
                new KafkaProducer<>(properties, new StringSerializer(), serializer)) {
            producer.send(new ProducerRecord<>(Topics.EVENTS_CLASSIFICATIONS.topicName(), "r1", event))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private JsonNode exchange(String broker, String registryUrl, String request) throws Exception {
        Path script = Path.of(System.getProperty("capstan.root"), "end-to-end", "interoperability", "exchange.js");
        Path errors = directory.resolve("node.err");
        Process node = new ProcessBuilder(
                        "node",
                        script.toString(),
                        broker,
                        registryUrl,
                        Topics.EVENTS_CLASSIFICATIONS.topicName(),
                        Topics.REQUESTS_CAPTION.topicName(),
                        request)
                .redirectError(errors.toFile())
                .start();
        String output = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(node.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(node.exitValue()).as(Files.readString(errors)).isZero();
        return JSON.readTree(output);
    }

    private static CaptionRequest receive(Map<String, Object> properties) {
        AvroDeserializer<CaptionRequest> deserializer = new AvroDeserializer<>(CaptionRequest.class);
        deserializer.configure(properties, false);
        try (KafkaConsumer<String, CaptionRequest> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), deserializer)) {
            String topic = Topics.REQUESTS_CAPTION.topicName();
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            List<ConsumerRecord<String, CaptionRequest>> records = new ArrayList<>();
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
                return !records.isEmpty();
            });
            return records.get(0).value();
        }
    }
}
