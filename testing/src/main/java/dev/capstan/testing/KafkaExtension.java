package dev.capstan.testing;

import dev.capstan.broker.EmbeddedBroker;
import dev.capstan.schemas.TopicProvisioner;
import dev.capstan.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real broker and an in-memory schema registry for one test class. Register it as a static field:
 *
 * <pre>{@code @RegisterExtension static final KafkaExtension KAFKA = new KafkaExtension();}</pre>
 *
 * <p>The first broker of a JVM takes about 3 s to start, later ones half a second. Its directory is deleted at the end. From then on
 * Awaitility waits for up to a minute where a test says nothing else.
 */
public final class KafkaExtension implements BeforeAllCallback, AfterAllCallback {
    private static final long TIMEOUT_SECONDS = 60;

    private final String registryUrl = "mock://" + UUID.randomUUID();
    private @Nullable EmbeddedBroker broker;
    private @Nullable Path directory;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        // Its own ten seconds are too few where others share the machine.
        Awaitility.setDefaultTimeout(Duration.ofSeconds(TIMEOUT_SECONDS));
        Path created = Files.createTempDirectory("capstan-test-broker");
        directory = created;
        broker = EmbeddedBroker.start(created, 0);
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        EmbeddedBroker running = broker;
        if (running != null) {
            running.close();
        }
        Path created = directory;
        if (created != null) {
            deleteRecursively(created);
        }
    }

    /** The broker's address. */
    public String bootstrapServers() {
        EmbeddedBroker running = broker;
        if (running == null) {
            throw new IllegalStateException("The broker runs only while the test class runs");
        }
        return running.bootstrapServers();
    }

    /** The in-memory registry of this test class. */
    public String registryUrl() {
        return registryUrl;
    }

    /** {@code bootstrap.servers} and {@code schema.registry.url}: what every client needs. */
    public Map<String, Object> clientProperties() {
        Map<String, Object> properties = new HashMap<>();
        properties.put("bootstrap.servers", bootstrapServers());
        properties.put("schema.registry.url", registryUrl);
        return properties;
    }

    /** Creates every topic of Capstan with its default settings. */
    public void createTopics() {
        try (Admin admin = Admin.create(clientProperties())) {
            new TopicProvisioner(admin, TopicProvisioner.Options.defaults()).ensureAll();
            awaitTopics(admin);
        }
    }

    /** Deletes every topic of Capstan and creates it again, empty. */
    public void recreateTopics() {
        try (Admin admin = Admin.create(clientProperties())) {
            List<String> existing = admin.listTopics().names().get(TIMEOUT_SECONDS, TimeUnit.SECONDS).stream()
                    .filter(name -> Stream.of(Topics.values())
                            .anyMatch(topic -> topic.topicName().equals(name)))
                    .toList();
            admin.deleteTopics(existing).all().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            Awaitility.await()
                    .until(() -> Collections.disjoint(
                            admin.listTopics().names().get(TIMEOUT_SECONDS, TimeUnit.SECONDS), existing));
            new TopicProvisioner(admin, TopicProvisioner.Options.defaults()).ensureAll();
            awaitTopics(admin);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while topics were made again", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The test broker did not make the topics again", e);
        }
    }

    /** Creates one topic with settings of the test's choice. */
    public void createTopic(String name, int partitions, Map<String, String> configuration) {
        try (Admin admin = Admin.create(clientProperties())) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configuration)))
                    .all()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while topic " + name + " was made", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The test broker did not make topic " + name, e);
        }
    }

    /**
     * Returns when no partition has an open transaction: a commit or an abort is acknowledged before its markers are in the
     * partitions, and until then a reader of committed records finds an earlier end.
     */
    public void awaitMarkers() {
        try (Admin admin = Admin.create(clientProperties())) {
            Set<String> topics = admin.listTopics().names().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            admin.describeTopics(topics)
                    .allTopicNames()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .values()
                    .forEach(topic -> topic.partitions()
                            .forEach(partition -> latest.put(
                                    new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest())));
            Awaitility.await()
                    .until(() -> ends(admin, latest, IsolationLevel.READ_COMMITTED)
                            .equals(ends(admin, latest, IsolationLevel.READ_UNCOMMITTED)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while markers were awaited", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The test broker did not tell its topics' ends", e);
        }
    }

    private static Map<TopicPartition, Long> ends(
            Admin admin, Map<TopicPartition, OffsetSpec> partitions, IsolationLevel isolation)
            throws InterruptedException, ExecutionException, TimeoutException {
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(partitions, new ListOffsetsOptions(isolation))
                .all()
                .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    /** A topic that was made a moment ago may not be known to clients yet. */
    private static void awaitTopics(Admin admin) {
        List<String> names = Stream.of(Topics.values()).map(Topics::topicName).toList();
        Awaitility.await()
                .ignoreExceptionsInstanceOf(ExecutionException.class)
                .until(() -> admin.describeTopics(names)
                        .allTopicNames()
                        .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                        .keySet()
                        .containsAll(names));
    }

    private static void deleteRecursively(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.deleteIfExists(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
