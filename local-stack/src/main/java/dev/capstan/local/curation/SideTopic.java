package dev.capstan.local.curation;

import dev.capstan.ingest.Rehearsal.Kept;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A topic beside {@code pairs.curated}, with the same records, that goes by itself after a time. Opened new, written by one
 * thread.
 */
final class SideTopic implements AutoCloseable {
    private static final int MAX_NAME_CHARACTERS = 249;
    private static final int SEGMENTS_PER_RETENTION = 8;
    private static final long TIMEOUT_SECONDS = 30;

    private final String name;
    private final KafkaProducer<byte[], byte[]> producer;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    private SideTopic(String name, KafkaProducer<byte[], byte[]> producer) {
        this.name = name;
        this.producer = producer;
    }

    /** The name that goes with a policy. */
    static String nameOf(String policyVersion) {
        String safe = "replay." + policyVersion.replaceAll("[^A-Za-z0-9._-]", "_");
        return safe.substring(0, Math.min(MAX_NAME_CHARACTERS, safe.length()));
    }

    /**
     * Creates the topic.
     *
     * @throws CurationException if there is one of this name, or the cluster refuses
     */
    static SideTopic create(KafkaSettings settings, String name, Duration retention) {
        try (Admin admin = Admin.create(settings.clientProperties())) {
            String like = Topics.PAIRS_CURATED.topicName();
            TopicDescription curated = admin.describeTopics(List.of(like))
                    .allTopicNames()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .get(like);
            int partitions = Objects.requireNonNull(curated).partitions().size();
            NewTopic topic = new NewTopic(name, partitions, (short) -1)
                    .configs(Map.of(
                            "cleanup.policy",
                            "delete",
                            "retention.ms",
                            Long.toString(retention.toMillis()),
                            // Records keep the times of their pairs, and would be as old as those are.
                            "message.timestamp.type",
                            "LogAppendTime",
                            "segment.ms",
                            Long.toString(Math.max(1, retention.toMillis() / SEGMENTS_PER_RETENTION)),
                            "max.message.bytes",
                            Integer.toString(Topics.PAIRS_CURATED.maxMessageBytes())));
            admin.createTopics(List.of(topic)).all().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TopicExistsException) {
                throw new CurationException("Topic " + name
                        + " exists already, from an earlier replay: delete it, or give" + " another name with --topic");
            }
            throw new CurationException("Topic " + name + " cannot be created: " + e.getCause());
        } catch (TimeoutException e) {
            throw new CurationException("The cluster did not create topic " + name + " in " + TIMEOUT_SECONDS + " s");
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
        Map<String, Object> properties = settings.producerProperties();
        properties.put("linger.ms", 20);
        properties.put("max.request.size", Topics.PAIRS_CURATED.maxMessageBytes());
        return new SideTopic(
                name, new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    void write(Kept kept) {
        throwFailure();
        Future<RecordMetadata> unused =
                producer.send(new ProducerRecord<>(name, kept.key(), kept.value()), (metadata, problem) -> {
                    if (problem != null) {
                        failure.compareAndSet(null, problem);
                    }
                });
    }

    /** Waits until everything is written. */
    void flush() {
        producer.flush();
        throwFailure();
    }

    @Override
    public void close() {
        producer.close();
    }

    private void throwFailure() {
        Exception problem = failure.get();
        if (problem != null) {
            throw new CurationException("Topic " + name + " cannot be written: " + problem.getMessage());
        }
    }
}
