package dev.capstan.ingest;

import dev.capstan.ingest.filter.CurationPolicy.NearDuplicateRule;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.RegistryUnavailableException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.PairHash;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@code pairs.hashes} into {@link NearDuplicates}: all partitions, committed records only, without a group, from where
 * the window or the count begins. The service starts it before it judges anything and closes it; it has a thread of its own
 * after it has caught up. States: new, catching up, following, and closed or failed.
 */
final class HashFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HashFollower.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration REGISTRY_PAUSE = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final NearDuplicateRule rule;
    private final NearDuplicates memory;
    private final Clock clock;
    private final Runnable whenFailed;
    private final AvroDeserializer<PairHash> values = new AvroDeserializer<>(PairHash.class);
    private final Consumer<byte[], byte[]> consumer;
    private final CountDownLatch closing = new CountDownLatch(1);
    private @Nullable Thread thread;

    /** @param whenFailed told if it cannot go on: near-duplicates would no longer be noticed */
    HashFollower(KafkaSettings kafka, NearDuplicateRule rule, NearDuplicates memory, Clock clock, Runnable whenFailed) {
        this.rule = rule;
        this.memory = memory;
        this.clock = clock;
        this.whenFailed = whenFailed;
        values.configure(kafka.clientProperties(), false);
        Map<String, Object> properties = kafka.consumerProperties("none");
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        this.consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Reads what there is, then goes on in the background. An interrupt ends it. */
    void start() {
        try {
            catchUp();
        } catch (WakeupException e) {
            LOG.debug("hashes=closed before they were read", e);
        }
        Thread following = new Thread(this::follow, "hash-follower");
        following.setDaemon(true);
        thread = following;
        following.start();
    }

    @Override
    public void close() {
        closing.countDown();
        consumer.wakeup();
        Thread following = thread;
        if (following == null) {
            consumer.close();
            values.close();
            return;
        }
        try {
            following.join(CLOSE_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void catchUp() {
        List<TopicPartition> partitions = consumer.partitionsFor(Topics.PAIRS_HASHES.topicName()).stream()
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
        consumer.assign(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> times = new HashMap<>();
        long since = clock.millis() - rule.window().toMillis();
        partitions.forEach(partition -> times.put(partition, since));
        Map<TopicPartition, OffsetAndTimestamp> inWindow = consumer.offsetsForTimes(times);
        for (TopicPartition partition : partitions) {
            long end = offset(ends, partition);
            OffsetAndTimestamp first = inWindow.get(partition);
            // Of each partition as many as fit: which of all are the latest is not known before they are read.
            long from = Math.max(first == null ? end : first.offset(), end - rule.maxPairs());
            consumer.seek(partition, Math.max(from, offset(starts, partition)));
        }
        long read = 0;
        while (!isClosing()
                && partitions.stream().anyMatch(partition -> consumer.position(partition) < offset(ends, partition))) {
            read += poll();
        }
        LOG.info("hashes=read count={}", read);
    }

    private void follow() {
        try (consumer;
                values) {
            while (!isClosing()) {
                poll();
            }
        } catch (WakeupException | InterruptException e) {
            LOG.debug("hashes=closed", e);
        } catch (RuntimeException | Error e) {
            LOG.error("hashes=failed", e);
            whenFailed.run();
        }
    }

    private int poll() {
        int read = 0;
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            learn(record);
            read++;
        }
        return read;
    }

    private void learn(ConsumerRecord<byte[], byte[]> record) {
        while (!isClosing()) {
            try {
                if (record.value() != null) {
                    memory.learn(
                            Objects.requireNonNull(values.deserialize(record.topic(), record.value())),
                            record.timestamp());
                }
                return;
            } catch (PoisonRecordException e) {
                LOG.warn(
                        "topic={} partition={} offset={} skipped={}",
                        record.topic(),
                        record.partition(),
                        record.offset(),
                        e.getMessage());
                return;
            } catch (RegistryUnavailableException e) {
                LOG.warn("registry=unavailable reason={}", e.getMessage());
                pause();
            }
        }
    }

    private void pause() {
        try {
            boolean unused = closing.await(REGISTRY_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private static long offset(Map<TopicPartition, Long> offsets, TopicPartition partition) {
        return Objects.requireNonNull(offsets.get(partition));
    }
}
