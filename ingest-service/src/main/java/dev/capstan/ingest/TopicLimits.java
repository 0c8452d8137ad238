package dev.capstan.ingest;

import dev.capstan.schemas.Topics;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Asks the cluster how large a record each output topic takes. Opens a client for each question.
 *
 * @param outputs the topics that are asked about
 */
public record TopicLimits(Map<String, Object> clientProperties, List<Topics> outputs) implements RecordLimits.Source {

    /** What curation writes to. */
    static final List<Topics> OUTPUTS = List.of(Topics.PAIRS_CURATED, Topics.PAIRS_HELDOUT, Topics.PAIRS_REJECTED);

    private static final long TIMEOUT_SECONDS = 30;

    public TopicLimits {
        clientProperties = Map.copyOf(clientProperties);
        outputs = List.copyOf(outputs);
    }

    @Override
    public Map<Topics, Integer> read() {
        List<ConfigResource> resources = outputs.stream()
                .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic.topicName()))
                .toList();
        try (Admin admin = Admin.create(clientProperties)) {
            Map<ConfigResource, Config> described =
                    admin.describeConfigs(resources).all().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            Map<Topics, Integer> limits = new EnumMap<>(Topics.class);
            described.forEach((resource, config) -> limits.put(
                    Topics.byName(resource.name()),
                    Integer.valueOf(
                            config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value())));
            return limits;
        } catch (ExecutionException e) {
            throw new KafkaException("The limits of the output topics cannot be read: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("The cluster did not describe the output topics in " + TIMEOUT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** How many partitions a topic has. */
    int partitions(Topics topic) {
        try (Admin admin = Admin.create(clientProperties)) {
            TopicDescription description = Objects.requireNonNull(admin.describeTopics(List.of(topic.topicName()))
                    .allTopicNames()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .get(topic.topicName()));
            return description.partitions().size();
        } catch (ExecutionException e) {
            throw new KafkaException(topic.topicName() + " cannot be described: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("The cluster did not describe " + topic.topicName() + " in time", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
