package dev.capstan.ingest;

import dev.capstan.schemas.Topics;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;

/** Asks the cluster how large a record each output topic takes. Opens a client for each question. */
record TopicLimits(Map<String, Object> clientProperties) implements RecordLimits.Source {

    static final List<Topics> OUTPUTS = List.of(Topics.PAIRS_CURATED, Topics.PAIRS_HELDOUT, Topics.PAIRS_REJECTED);

    private static final long TIMEOUT_SECONDS = 30;

    TopicLimits {
        clientProperties = Map.copyOf(clientProperties);
    }

    @Override
    public Map<Topics, Integer> read() {
        List<ConfigResource> resources = OUTPUTS.stream()
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
}
