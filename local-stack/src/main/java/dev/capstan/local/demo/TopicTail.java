package dev.capstan.local.demo;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows versions and reloads from the beginning; a record that cannot be read is passed over. Runs on a thread of its own until {@link #stop}; everything else may be
 * called from any thread.
 */
final class TopicTail implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicTail.class);
    private static final Duration POLL = Duration.ofMillis(100);

    private final KafkaSettings settings;
    private final String model;
    private final Map<Long, CheckpointLineage> versions = new TreeMap<>();
    private final Map<Long, ReloadEvent> servings = new HashMap<>();
    private @Nullable ReloadEvent latestServing;
    private @Nullable ReloadEvent latestFailure;
    private int reloads;
    private volatile boolean stopped;
    private volatile @Nullable RuntimeException failure;

    TopicTail(KafkaSettings settings, String model) {
        this.settings = settings;
        this.model = model;
    }

    @Override
    public void run() {
        try {
            follow();
        } catch (RuntimeException e) {
            if (!stopped) {
                failure = e;
            }
        }
    }

    void stop() {
        stopped = true;
    }

    @Nullable
    RuntimeException failure() {
        return failure;
    }

    /** The version that is served, if one is. */
    synchronized OptionalLong served() {
        return latestServing == null ? OptionalLong.empty() : OptionalLong.of(latestServing.getVersion());
    }

    /** The newest version, if there is one. */
    synchronized Optional<CheckpointLineage> latest() {
        return versions.values().stream().reduce((older, newer) -> newer);
    }

    /** All versions, ascending. */
    synchronized List<CheckpointLineage> versions() {
        return List.copyOf(versions.values());
    }

    /** Milliseconds from the publication of a version to its first service, if it was served. */
    synchronized OptionalLong publishToServing(long version) {
        CheckpointLineage published = versions.get(version);
        ReloadEvent serving = servings.get(version);
        return published == null || serving == null
                ? OptionalLong.empty()
                : OptionalLong.of(Duration.between(published.getPublishedAt(), serving.getFinishedAt())
                        .toMillis());
    }

    /** How often a version began to be served. */
    synchronized int reloads() {
        return reloads;
    }

    /** The last reload that failed, if one did. */
    synchronized Optional<ReloadEvent> lastFailure() {
        return Optional.ofNullable(latestFailure);
    }

    private void follow() {
        Map<String, Object> properties = new HashMap<>(settings.clientProperties());
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "earliest");
        List<TopicPartition> partitions = List.of(
                new TopicPartition(Topics.CHECKPOINTS_LINEAGE.topicName(), 0),
                new TopicPartition(Topics.EVENTS_RELOADS.topicName(), 0));
        try (KafkaConsumer<String, byte[]> consumer =
                        new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
                AvroDeserializer<CheckpointLineage> lineages = new AvroDeserializer<>(CheckpointLineage.class);
                AvroDeserializer<ReloadEvent> events = new AvroDeserializer<>(ReloadEvent.class)) {
            lineages.configure(settings.clientProperties(), false);
            events.configure(settings.clientProperties(), false);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (!stopped) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    take(record, lineages, events);
                }
            }
        }
    }

    private void take(
            ConsumerRecord<String, byte[]> record,
            AvroDeserializer<CheckpointLineage> lineages,
            AvroDeserializer<ReloadEvent> events) {
        try {
            if (record.topic().equals(Topics.CHECKPOINTS_LINEAGE.topicName())) {
                take(lineages.deserialize(record.topic(), record.value()));
            } else {
                take(events.deserialize(record.topic(), record.value()));
            }
        } catch (PoisonRecordException e) {
            LOG.warn(
                    "record unreadable topic={} partition={} offset={} reason={}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    e.getMessage());
        }
    }

    private synchronized void take(@Nullable CheckpointLineage lineage) {
        if (lineage != null && lineage.getModel().equals(model)) {
            versions.put(lineage.getVersion(), lineage);
        }
    }

    private synchronized void take(@Nullable ReloadEvent reload) {
        if (reload == null || !reload.getModel().equals(model)) {
            return;
        }
        if (reload.getOutcome() == ReloadOutcome.SERVING) {
            latestServing = reload;
            servings.putIfAbsent(reload.getVersion(), reload);
            reloads++;
        } else {
            latestFailure = reload;
        }
    }
}
