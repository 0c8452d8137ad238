package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.corpora.SampleItem;
import dev.capstan.schemas.RegistryClients;
import dev.capstan.schemas.SchemaProvisioner;
import dev.capstan.schemas.TopicProvisioner;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.output.OutputFrame;
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
    private static final String QUESTION = "containers-question";
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
        LoopClient client = new LoopClient(properties, LIMIT);
        SampleItem picture = client.feed("containers-", PAIRS);

        ReloadEvent reload = client.await(
                Topics.EVENTS_RELOADS,
                ReloadEvent.class,
                event -> event.getOutcome() == ReloadOutcome.SERVING && event.getVersion() >= 2);
        client.ask(List.of(QUESTION), picture);
        ClassificationEvent classification = client.await(
                Topics.EVENTS_CLASSIFICATIONS,
                ClassificationEvent.class,
                event -> event.getRequestId().equals(QUESTION));
        CaptionEvent caption = client.await(
                Topics.EVENTS_CAPTIONS,
                CaptionEvent.class,
                event -> event.getRequestId().equals(QUESTION));

        assertThat(reload.getBytesFetched()).isPositive();
        assertThat(classification.getCheckpoint()).isGreaterThanOrEqualTo(2);
        assertThat(classification.getAlternatives()).hasSize(2);
        assertThat(caption.getCheckpoint()).isGreaterThanOrEqualTo(2);
        assertThat(caption.getGrounding()).isBetween(0.0, 2.5);
    }

    @Test
    void shouldLogOneLineAnEventAtInfo() {
        assertThat(SERVICES)
                .extracting(service -> service.getLogs(OutputFrame.OutputType.STDOUT))
                .allSatisfy(log -> assertThat(log.lines())
                        .anyMatch(line -> line.startsWith("time=") && line.contains(" level=INFO logger=dev.capstan."))
                        .noneMatch(line -> line.contains("DEBUG")));
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
}
