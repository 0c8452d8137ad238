package dev.capstan.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicProvisionerTest {
    @TempDir
    static Path directory;

    private static EmbeddedBroker broker;
    private static Admin admin;

    @BeforeAll
    static void startBroker() {
        broker = EmbeddedBroker.start(directory, 0);
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }

    @AfterAll
    static void stopBroker() {
        admin.close();
        broker.close();
    }

    @AfterEach
    void deleteTopics() throws Exception {
        admin.deleteTopics(admin.listTopics().names().get(30, TimeUnit.SECONDS))
                .all()
                .get(30, TimeUnit.SECONDS);
        Awaitility.await()
                .until(() ->
                        admin.listTopics().names().get(30, TimeUnit.SECONDS).isEmpty());
    }

    @Test
    void shouldCreateEveryTopicWithItsSettings() throws Exception {
        new TopicProvisioner(admin, TopicProvisioner.Options.defaults()).ensureAll();

        awaitTopics();
        assertThat(admin.listTopics().names().get(30, TimeUnit.SECONDS))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(Topics.values()).map(Topics::topicName).toList());
        assertThat(setting("checkpoints.tensors", "cleanup.policy")).isEqualTo("compact");
        assertThat(setting("pairs.crawled", "cleanup.policy")).isEqualTo("delete");
        assertThat(setting("pairs.crawled", "retention.ms")).isEqualTo("86400000");
        assertThat(setting("pairs.crawled", "segment.ms")).isEqualTo("10800000");
        assertThat(setting("pairs.crawled", "max.message.bytes")).isEqualTo("4194304");
        assertThat(partitions("pairs.crawled")).isEqualTo(4);
        assertThat(partitions("checkpoints.live")).isEqualTo(1);
    }

    @Test
    void shouldLeaveGoodTopicsAlone() {
        TopicProvisioner provisioner = new TopicProvisioner(
                admin,
                new TopicProvisioner.Options(
                        2, (short) 1, Map.of(Topics.PAIRS_CRAWLED, Map.of("retention.bytes", "1000000"))));
        provisioner.ensureAll();

        assertThatCode(provisioner::ensureAll).doesNotThrowAnyException();
    }

    @Test
    void shouldRespectTheDeploymentsChoices() throws Exception {
        TopicProvisioner.Options options = new TopicProvisioner.Options(
                2,
                (short) 1,
                Map.of(Topics.PAIRS_CRAWLED, Map.of("retention.bytes", "1000000", "cleanup.policy", "compact")));

        new TopicProvisioner(admin, options).ensureAll();

        awaitTopics();
        assertThat(partitions("pairs.crawled")).isEqualTo(2);
        assertThat(partitions("checkpoints.manifests")).isEqualTo(1);
        assertThat(setting("pairs.crawled", "retention.bytes")).isEqualTo("1000000");
        assertThat(setting("pairs.crawled", "cleanup.policy")).isEqualTo("delete");
    }

    @Test
    void shouldRefuseIncompatibleTopicsByName() throws Exception {
        admin.createTopics(List.of(
                        new NewTopic("checkpoints.live", 3, (short) 1).configs(Map.of("cleanup.policy", "compact")),
                        new NewTopic("pairs.curated", 4, (short) 1)
                                .configs(Map.of("cleanup.policy", "compact", "max.message.bytes", "1000"))))
                .all()
                .get(30, TimeUnit.SECONDS);

        assertThatThrownBy(() -> new TopicProvisioner(admin, TopicProvisioner.Options.defaults()).ensureAll())
                .isInstanceOf(IncompatibleTopicsException.class)
                .hasMessageContaining("checkpoints.live has 3 partitions, needs exactly 1")
                .hasMessageContaining("pairs.curated has cleanup.policy=compact, needs delete")
                .hasMessageContaining("pairs.curated has max.message.bytes=1000, needs at least 2097152");
    }

    private static void awaitTopics() {
        Awaitility.await()
                .until(() ->
                        admin.listTopics().names().get(30, TimeUnit.SECONDS).size() == Topics.values().length);
    }

    private static String setting(String topic, String key) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Map<ConfigResource, Config> found =
                admin.describeConfigs(List.of(resource)).all().get(30, TimeUnit.SECONDS);
        return Objects.requireNonNull(found.get(resource)).get(key).value();
    }

    private static int partitions(String topic) throws Exception {
        Map<String, TopicDescription> found =
                admin.describeTopics(List.of(topic)).allTopicNames().get(30, TimeUnit.SECONDS);
        return Objects.requireNonNull(found.get(topic)).partitions().size();
    }
}
