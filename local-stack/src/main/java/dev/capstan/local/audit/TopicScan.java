package dev.capstan.local.audit;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads whole topics once, committed records only, without a consumer group and in bounded memory. One thread at a time.
 */
final class TopicScan implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(250);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MEBIBYTE = 1024 * 1024;

    private final Admin admin;
    private final KafkaConsumer<String, byte[]> consumer;

    /** @param admin used, not closed */
    TopicScan(KafkaSettings settings, Admin admin) {
        this.admin = admin;
        Map<String, Object> properties = new HashMap<>(settings.clientProperties());
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "earliest");
        properties.put("fetch.max.bytes", 16 * MEBIBYTE);
        properties.put("max.partition.fetch.bytes", 4 * MEBIBYTE);
        consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * Where each partition ends. Waits until every transaction that stands before is decided: a commit is answered before
     * its markers are written, and until then its records are hidden.
     *
     * @throws AuditException if a transaction stays open for a minute
     */
    Map<TopicPartition, Long> ends(Topics topic) {
        List<TopicPartition> partitions = partitions(topic);
        Map<TopicPartition, Long> written = latest(partitions, IsolationLevel.READ_UNCOMMITTED);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Map<TopicPartition, Long> decided = latest(partitions, IsolationLevel.READ_COMMITTED);
            List<TopicPartition> open = partitions.stream()
                    .filter(partition -> decided.getOrDefault(partition, 0L) < written.getOrDefault(partition, 0L))
                    .toList();
            if (open.isEmpty()) {
                return written;
            }
            if (System.nanoTime() > deadline) {
                throw new AuditException("A transaction has been open for " + PATIENCE.toSeconds() + " s in " + open
                        + ": its writer hangs, or its time-out has not passed yet. Try again later");
            }
            pause();
        }
    }

    private Map<TopicPartition, Long> latest(List<TopicPartition> partitions, IsolationLevel isolation) {
        Map<TopicPartition, OffsetSpec> asked =
                partitions.stream().collect(Collectors.toMap(Function.identity(), partition -> OffsetSpec.latest()));
        try {
            Map<TopicPartition, Long> offsets = new HashMap<>();
            admin.listOffsets(asked, new ListOffsetsOptions(isolation))
                    .all()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .forEach((partition, result) -> offsets.put(partition, result.offset()));
            return offsets;
        } catch (ExecutionException | TimeoutException e) {
            throw new AuditException("The ends of " + partitions + " cannot be read: " + e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** Reads from the beginning to where the topic ends now. */
    void read(Topics topic, Consumer<ConsumerRecord<String, byte[]>> handler) {
        read(ends(topic), handler);
    }

    /**
     * Reads from the beginning to the given ends.
     *
     * @throws AuditException if the cluster sends nothing for a minute
     */
    void read(Map<TopicPartition, Long> ends, Consumer<ConsumerRecord<String, byte[]>> handler) {
        consumer.assign(ends.keySet());
        consumer.seekToBeginning(ends.keySet());
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Set<TopicPartition> open = unfinished(ends);
        while (!open.isEmpty()) {
            consumer.pause(ends.keySet().stream()
                    .filter(partition -> !open.contains(partition))
                    .toList());
            boolean any = false;
            for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                any = true;
                if (record.offset() < ends.getOrDefault(new TopicPartition(record.topic(), record.partition()), 0L)) {
                    handler.accept(record);
                }
            }
            Set<TopicPartition> left = unfinished(ends);
            if (any || left.size() < open.size()) {
                deadline = System.nanoTime() + PATIENCE.toNanos();
            } else if (System.nanoTime() > deadline) {
                throw new AuditException("Kafka sent nothing of " + left + " for " + PATIENCE.toSeconds() + " s");
            }
            open.retainAll(left);
        }
    }

    @Override
    public void close() {
        consumer.close();
    }

    private Set<TopicPartition> unfinished(Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream()
                .filter(end -> consumer.position(end.getKey()) < end.getValue())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private List<TopicPartition> partitions(Topics topic) {
        List<PartitionInfo> partitions = consumer.partitionsFor(topic.topicName());
        if (partitions == null || partitions.isEmpty()) {
            throw new AuditException("The cluster has no topic " + topic.topicName() + ": was Capstan ever run on it?");
        }
        return partitions.stream()
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
    }
}
