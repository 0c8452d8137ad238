package dev.capstan.platform.takedowns;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@link Takedowns} up to date from its topic, without a consumer group. A thread of its own owns the consumer from
 * {@link #start} to {@link #close}; the other methods may be called by any thread. A cluster that is away, or has no such
 * topic yet, is tried again for ever; what is known stays known.
 */
public final class TakedownFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TakedownFollower.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration CLOSE = Duration.ofSeconds(5);
    private static final long RETRY_MILLIS = 1000;
    private static final TopicPartition PARTITION = new TopicPartition(Topics.TAKEDOWNS.topicName(), 0);

    private final KafkaSettings settings;
    private final Takedowns takedowns;
    private final Thread thread = new Thread(this::run, "takedowns");
    private final CountDownLatch settled = new CountDownLatch(1);
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile @Nullable Consumer<String, byte[]> open;
    private volatile boolean caughtUp;

    /** @param takedowns written by this follower alone */
    public TakedownFollower(KafkaSettings settings, Takedowns takedowns) {
        this.settings = settings;
        this.takedowns = takedowns;
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /**
     * Waits until everything is known that stood in the topic when it was first read.
     *
     * @return whether it is; false if the follower was closed before
     */
    public boolean awaitCaughtUp() throws InterruptedException {
        settled.await();
        return caughtUp;
    }

    /** Whether everything is known that stood in the topic when it was first read. */
    public boolean isCaughtUp() {
        return caughtUp;
    }

    @Override
    public void close() {
        closing.countDown();
        settled.countDown();
        Consumer<String, byte[]> consumer = open;
        if (consumer != null) {
            consumer.wakeup();
        }
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            thread.join(CLOSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void run() {
        while (!isClosing()) {
            try {
                followOnce();
            } catch (WakeupException e) {
                LOG.debug("takedowns woken closing={}", isClosing());
            } catch (KafkaException e) {
                LOG.warn(
                        "takedowns cannot be followed, trying again topic={}: {}. If the cluster lacks the topic, run"
                                + " capstan provision",
                        PARTITION.topic(),
                        e.getMessage());
                rest();
            }
        }
    }

    private void followOnce() {
        Consumer<String, byte[]> consumer = consumer();
        try {
            open = consumer;
            follow(consumer);
        } finally {
            open = null;
            consumer.close(CloseOptions.timeout(CLOSE));
        }
    }

    private void follow(Consumer<String, byte[]> consumer) {
        if (consumer.partitionsFor(PARTITION.topic()).isEmpty()) {
            throw new KafkaException("the topic does not exist");
        }
        consumer.assign(List.of(PARTITION));
        consumer.seekToBeginning(List.of(PARTITION));
        long end = consumer.endOffsets(List.of(PARTITION)).getOrDefault(PARTITION, 0L);
        while (!isClosing()) {
            if (settled.getCount() > 0 && consumer.position(PARTITION) >= end) {
                LOG.info("takedowns={} topic={} offset={}", takedowns.size(), PARTITION.topic(), end);
                caughtUp = true;
                settled.countDown();
            }
            for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                if (record.key() != null) {
                    takedowns.take(record.key(), record.value() == null);
                }
            }
        }
    }

    private void rest() {
        try {
            if (closing.await(RETRY_MILLIS, TimeUnit.MILLISECONDS)) {
                LOG.debug("closed while waiting");
            }
        } catch (InterruptedException e) {
            closing.countDown();
        }
    }

    private Consumer<String, byte[]> consumer() {
        Map<String, Object> properties = new HashMap<>(settings.clientProperties());
        properties.remove("group.id");
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "earliest");
        properties.put("allow.auto.create.topics", false);
        return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    }
}
