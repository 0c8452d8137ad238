package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.corpora.CaptionedShapes;
import dev.capstan.corpora.PhasePlan;
import dev.capstan.corpora.SampleFeed;
import dev.capstan.corpora.SampleItem;
import dev.capstan.corpora.SampleRecipe;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.RegistryClients;
import dev.capstan.schemas.SchemaProvisioner;
import dev.capstan.schemas.TopicProvisioner;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * The loop in containers: pairs in, checkpoints out, answers that name them. Needs a Docker engine and the images that
 * {@code docker-compose build} makes.
 */
@Tag("containers")
class LoopContainersTest {
    private static final DockerImageName KAFKA_IMAGE =
            DockerImageName.parse("capstan/kafka:4.3.1").asCompatibleSubstituteFor("apache/kafka");
    private static final String SERVICE_IMAGE = "capstan/capstan:0.1.0";
    private static final String INSIDE_BROKER = "kafka:19092";
    private static final String INSIDE_REGISTRY = "http://registry:8080/apis/ccompat/v7";
    private static final int PAIRS = 600;
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private static final Network NETWORK = Network.newNetwork();
    private static final KafkaContainer KAFKA = new KafkaContainer(KAFKA_IMAGE)
            .withNetwork(NETWORK)
            .withNetworkAliases("kafka")
            .withListener(INSIDE_BROKER);
    private static final GenericContainer<?> REGISTRY = new GenericContainer<>("capstan/registry:3.0.9")
            .withNetwork(NETWORK)
            .withNetworkAliases("registry")
            .withEnv("APICURIO_STORAGE_KIND", "kafkasql")
            .withEnv("APICURIO_KAFKASQL_BOOTSTRAP_SERVERS", INSIDE_BROKER)
            .withExposedPorts(8080)
            .waitingFor(Wait.forHttp("/health/ready").withStartupTimeout(LIMIT));

    private static final List<GenericContainer<?>> SERVICES = new ArrayList<>();
    private static Map<String, Object> properties;

    @BeforeAll
    static void startLoop() throws Exception {
        KAFKA.start();
        REGISTRY.start();
        properties = Map.of(
                "bootstrap.servers",
                KAFKA.getBootstrapServers(),
                RegistryClients.SCHEMA_REGISTRY_URL,
                "http://" + REGISTRY.getHost() + ":" + REGISTRY.getMappedPort(8080) + "/apis/ccompat/v7");
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", KAFKA.getBootstrapServers()));
                SchemaRegistryClient client = RegistryClients.create(properties)) {
            new TopicProvisioner(admin, TopicProvisioner.Options.defaults()).ensureAll();
            new SchemaProvisioner(client).ensure(List.of(Topics.values()));
        }
        SERVICES.add(service("-Xmx192m", "dev.capstan.ingest.Main"));
        SERVICES.add(service("-Xmx512m", "dev.capstan.trainer.Main")
                .withEnv("CAPSTAN_TRAINER_BASE_DIRECTORY", "/opt/capstan/base-model"));
        SERVICES.add(service("-Xmx256m", "dev.capstan.inference.Main"));
        SERVICES.forEach(GenericContainer::start);
    }

    @AfterAll
    static void stopLoop() {
        for (int i = SERVICES.size() - 1; i >= 0; i--) {
            SERVICES.get(i).stop();
        }
        REGISTRY.stop();
        KAFKA.stop();
        NETWORK.close();
    }

    @Test
    void shouldTrainOnWhatArrivesAndAnswerFromTheNewCheckpoint() throws Exception {
        SampleItem picture = feed();

        ReloadEvent reload = await(
                Topics.EVENTS_RELOADS,
                ReloadEvent.class,
                event -> event.getOutcome() == ReloadOutcome.SERVING && event.getVersion() >= 2);
        ask(picture);
        ClassificationEvent classification = await(
                Topics.EVENTS_CLASSIFICATIONS,
                ClassificationEvent.class,
                event -> event.getRequestId().equals("containers-classify"));
        CaptionEvent caption = await(
                Topics.EVENTS_CAPTIONS,
                CaptionEvent.class,
                event -> event.getRequestId().equals("containers-caption"));

        assertThat(reload.getBytesFetched()).isPositive();
        assertThat(classification.getCheckpoint()).isGreaterThanOrEqualTo(2);
        assertThat(classification.getAlternatives()).hasSize(2);
        assertThat(caption.getCheckpoint()).isGreaterThanOrEqualTo(2);
        assertThat(caption.getGrounding()).isBetween(0.0, 2.5);
    }

    private static GenericContainer<?> service(String heap, String main) {
        return new GenericContainer<>(SERVICE_IMAGE)
                .withNetwork(NETWORK)
                .withCommand(heap, main)
                .withEnv("CAPSTAN_BOOTSTRAP_SERVERS", INSIDE_BROKER)
                .withEnv("CAPSTAN_REGISTRY", INSIDE_REGISTRY)
                .withExposedPorts(8080)
                .waitingFor(Wait.forHttp("/health/live").withStartupTimeout(LIMIT));
    }

    /** Feeds shapes and returns one of them. */
    private static SampleItem feed() {
        SampleFeed feed = new SampleFeed(
                CaptionedShapes.full(), SampleRecipe.shapes(), SampleFeed.Options.clean(7, PhasePlan.always(0.2)));
        AvroSerializer<CrawledPair> serializer = new AvroSerializer<>();
        serializer.configure(properties, false);
        try (KafkaProducer<String, CrawledPair> producer =
                new KafkaProducer<>(producerProperties(), new StringSerializer(), serializer)) {
            SampleItem last = feed.next();
            for (int i = 0; i < PAIRS; i++) {
                last = feed.next();
                String id = "containers-" + i;
                Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(
                        Topics.PAIRS_CRAWLED.topicName(),
                        id,
                        new CrawledPair(
                                id,
                                last.sourceUrl(),
                                last.text(),
                                last.image(),
                                last.contentType(),
                                Map.of(),
                                last.source(),
                                Instant.now())));
            }
            producer.flush();
            return last;
        }
    }

    private static void ask(SampleItem picture) throws Exception {
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(properties, false);
        try (KafkaProducer<String, SpecificRecord> producer =
                new KafkaProducer<>(producerProperties(), new StringSerializer(), serializer)) {
            producer.send(new ProducerRecord<>(
                            Topics.REQUESTS_CLASSIFY.topicName(),
                            "containers-classify",
                            new ClassifyRequest(
                                    "containers-classify",
                                    picture.image(),
                                    List.of(picture.label(), "teapot"),
                                    null,
                                    List.of("{}"),
                                    2,
                                    Instant.now())))
                    .get(30, TimeUnit.SECONDS);
            producer.send(new ProducerRecord<>(
                            Topics.REQUESTS_CAPTION.topicName(),
                            "containers-caption",
                            new CaptionRequest("containers-caption", picture.image(), null, 12, 1, Instant.now())))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private static <T extends SpecificRecord> T await(Topics topic, Class<T> type, Predicate<T> wanted) {
        AvroDeserializer<T> deserializer = new AvroDeserializer<>(type);
        deserializer.configure(properties, false);
        Map<String, Object> consumerProperties = new HashMap<>(properties);
        consumerProperties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        try (KafkaConsumer<String, T> consumer =
                new KafkaConsumer<>(consumerProperties, new StringDeserializer(), deserializer)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                    .map(partition -> new TopicPartition(topic.topicName(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            List<T> found = new ArrayList<>();
            Awaitility.await().atMost(LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(record -> {
                    if (wanted.test(record.value())) {
                        found.add(record.value());
                    }
                });
                return !found.isEmpty();
            });
            return found.get(0);
        }
    }

    private static Map<String, Object> producerProperties() {
        Map<String, Object> producerProperties = new HashMap<>(properties);
        producerProperties.put("acks", "all");
        return producerProperties;
    }
}
