package dev.capstan.schemas;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Creates the topics that are missing and refuses those that exist with settings that Capstan cannot work with. It never
 * changes an existing topic: its owner may have reasons.
 */
public final class TopicProvisioner {
    private static final long TIMEOUT_SECONDS = 60;
    private static final int MAX_ATTEMPTS = 50;
    private static final long PAUSE_MILLIS = 200;

    private final Admin admin;
    private final Options options;

    /**
     * What a deployment may choose.
     *
     * @param partitions partitions of topics that may have several; 0 takes each topic's default
     * @param replicationFactor replicas of new topics; -1 takes the cluster's default
     * @param extra topic-level settings of new topics, for example {@code retention.bytes}; they win over the defaults but
     *     never over clean-up policy and record size
     */
    public record Options(int partitions, short replicationFactor, Map<Topics, Map<String, String>> extra) {
        public Options {
            if (partitions < 0) {
                throw new IllegalArgumentException(
                        "partitions is " + partitions + ": give 0 for the defaults, or more");
            }
            extra = Map.copyOf(extra);
        }

        /** The defaults of every topic and of the cluster. */
        public static Options defaults() {
            return new Options(0, (short) -1, Map.of());
        }
    }

    /**
     * @param admin used, not closed
     */
    public TopicProvisioner(Admin admin, Options options) {
        this.admin = admin;
        this.options = options;
    }

    /** Provisions every topic. */
    public void ensureAll() {
        ensure(Arrays.asList(Topics.values()));
    }

    /**
     * Provisions some topics.
     *
     * @throws IncompatibleTopicsException if topics exist with settings that Capstan cannot work with; names all of them
     * @throws KafkaException if the cluster does not answer within a minute
     */
    public void ensure(Collection<Topics> topics) {
        for (int attempt = 1; ; attempt++) {
            try {
                ensureOnce(topics);
                return;
            } catch (KafkaException e) {
                // A broker may list a topic shortly before it can describe it, or after it was deleted.
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException) || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
                pause();
            }
        }
    }

    private void ensureOnce(Collection<Topics> topics) {
        Set<String> existing = await(admin.listTopics().names());
        List<Topics> present =
                topics.stream().filter(t -> existing.contains(t.topicName())).toList();
        List<Topics> missing =
                topics.stream().filter(t -> !existing.contains(t.topicName())).toList();
        refuseIncompatible(present);
        List<Topics> raced = create(missing);
        refuseIncompatible(raced);
    }

    private List<Topics> create(List<Topics> missing) {
        Map<String, KafkaFuture<Void>> results = admin.createTopics(
                        missing.stream().map(this::newTopic).toList())
                .values();
        List<Topics> raced = new ArrayList<>();
        for (Topics topic : missing) {
            try {
                await(Objects.requireNonNull(results.get(topic.topicName())));
            } catch (KafkaException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
                raced.add(topic);
            }
        }
        return raced;
    }

    private NewTopic newTopic(Topics topic) {
        Map<String, String> configuration = new HashMap<>(topic.configuration());
        options.extra().getOrDefault(topic, Map.of()).forEach((key, value) -> {
            if (!key.equals("cleanup.policy") && !key.equals("max.message.bytes")) {
                configuration.put(key, value);
            }
        });
        return new NewTopic(topic.topicName(), partitions(topic), options.replicationFactor()).configs(configuration);
    }

    private int partitions(Topics topic) {
        if (topic.isSinglePartition() || topic.defaultPartitions() == 1 || options.partitions() == 0) {
            return topic.defaultPartitions();
        }
        return options.partitions();
    }

    private void refuseIncompatible(List<Topics> topics) {
        if (topics.isEmpty()) {
            return;
        }
        List<String> names = topics.stream().map(Topics::topicName).toList();
        Map<String, TopicDescription> descriptions =
                await(admin.describeTopics(names).allTopicNames());
        Map<ConfigResource, Config> configurations = await(admin.describeConfigs(names.stream()
                        .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                        .toList())
                .all());
        Map<String, Config> byName = configurations.entrySet().stream()
                .collect(Collectors.toMap(entry -> entry.getKey().name(), Map.Entry::getValue));
        List<String> problems = new ArrayList<>();
        for (Topics topic : topics) {
            TopicDescription description = descriptions.get(topic.topicName());
            Config configuration = byName.get(topic.topicName());
            if (description != null && configuration != null) {
                problems.addAll(problems(topic, description, configuration));
            }
        }
        if (!problems.isEmpty()) {
            throw new IncompatibleTopicsException(problems);
        }
    }

    private static List<String> problems(Topics topic, TopicDescription description, Config configuration) {
        List<String> problems = new ArrayList<>();
        String name = topic.topicName();
        Map<String, String> expected = topic.configuration();
        String policy = setting(configuration, "cleanup.policy");
        if (!policy.equals(expected.get("cleanup.policy"))) {
            problems.add(name + " has cleanup.policy=" + policy + ", needs " + expected.get("cleanup.policy"));
        }
        long limit = Long.parseLong(setting(configuration, "max.message.bytes"));
        if (limit < topic.maxMessageBytes()) {
            problems.add(name + " has max.message.bytes=" + limit + ", needs at least " + topic.maxMessageBytes());
        }
        int partitions = description.partitions().size();
        if (topic.isSinglePartition() && partitions != 1) {
            problems.add(name + " has " + partitions + " partitions, needs exactly 1: its readers rely on total order");
        }
        return problems;
    }

    private static String setting(Config configuration, String key) {
        String value = configuration.get(key).value();
        return value == null ? "" : value;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("Interrupted while provisioning topics", e);
        }
    }

    private static <V> V await(KafkaFuture<V> future) {
        try {
            return future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new KafkaException("Provisioning topics failed: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("The cluster did not answer within " + TIMEOUT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("Interrupted while provisioning topics", e);
        }
    }
}
