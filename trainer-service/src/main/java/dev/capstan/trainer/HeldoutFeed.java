package dev.capstan.trainer;

import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.RegistryUnavailableException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.LabelSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the held-out pairs and the label set that checkpoints are scored with.
 *
 * <p>A thread of its own owns the consumer from {@link #start} to {@link #close}; the other methods may be called by any
 * thread. The feed is a convenience of the trainer: a failure of it is logged and tried again, and stops nothing.
 */
final class HeldoutFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HeldoutFeed.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final long RETRY_MILLIS = 1000;
    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final Consumer<String, byte[]> consumer;
    private final AvroDeserializer<LabelSet> labelSets;
    private final PairPreparer preparer;
    private final HeldoutSample sample;
    private final int tail;
    private final Optional<String> labelSetName;
    private final CountDownLatch caughtUp = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "heldout");
    private volatile @Nullable LabelSet labelSet;
    private volatile boolean stopping;

    /**
     * @param consumer a read_committed consumer without a group; closed here
     * @param labelSets configured; closed here
     * @param preparer prepares without augmentation
     * @param tail how many of the newest pairs of each partition are read at the start
     * @param labelSetName set to follow, if any
     */
    HeldoutFeed(
            Consumer<String, byte[]> consumer,
            AvroDeserializer<LabelSet> labelSets,
            PairPreparer preparer,
            HeldoutSample sample,
            int tail,
            Optional<String> labelSetName) {
        this.consumer = consumer;
        this.labelSets = labelSets;
        this.preparer = preparer;
        this.sample = sample;
        this.tail = tail;
        this.labelSetName = labelSetName;
    }

    /** Starts to follow; a second call does nothing. Called by the trainer thread. */
    void start() {
        if (thread.getState() == Thread.State.NEW) {
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Waits until everything was read that stood in the topics at the start. */
    boolean awaitCaughtUp(Duration atMost) throws InterruptedException {
        return caughtUp.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The pairs to score the next checkpoint on. */
    List<LearningPair> refresh() {
        return sample.refresh();
    }

    Optional<LabelSet> labelSet() {
        return Optional.ofNullable(labelSet);
    }

    @Override
    public void close() {
        stopping = true;
        stopped.countDown();
        if (thread.getState() == Thread.State.NEW) {
            closeClients();
            return;
        }
        consumer.wakeup();
        try {
            thread.join(CLOSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!stopping) {
                follow();
            }
        } finally {
            closeClients();
        }
    }

    private void closeClients() {
        consumer.close(CloseOptions.timeout(CLOSE));
        labelSets.close();
    }

    private void follow() {
        try {
            Map<TopicPartition, Long> ends = seek();
            while (!stopping) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    take(record);
                }
                if (caughtUp.getCount() > 0
                        && ends.entrySet().stream()
                                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
                    caughtUp.countDown();
                }
            }
        } catch (WakeupException e) {
            LOG.debug("held-out feed woken stopping={}", stopping);
        } catch (KafkaException e) {
            LOG.warn("held-out feed failed; it starts again", e);
            rest();
        }
    }

    /** @return the ends of the partitions at this moment */
    private Map<TopicPartition, Long> seek() {
        List<TopicPartition> heldout = partitions(Topics.PAIRS_HELDOUT);
        List<TopicPartition> labels = labelSetName.isPresent() ? partitions(Topics.LABELS_SETS) : List.of();
        List<TopicPartition> all = new ArrayList<>(heldout);
        all.addAll(labels);
        consumer.assign(all);
        Map<TopicPartition, Long> ends = consumer.endOffsets(all);
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(all);
        beginnings.forEach((partition, beginning) -> {
            // Every other offset may be a transaction marker.
            long newest = ends.getOrDefault(partition, beginning) - 2L * tail;
            consumer.seek(partition, labels.contains(partition) ? beginning : Math.max(beginning, newest));
        });
        return ends;
    }

    private List<TopicPartition> partitions(Topics topic) {
        return consumer.partitionsFor(topic.topicName()).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
    }

    private void take(ConsumerRecord<String, byte[]> record) {
        if (record.topic().equals(Topics.LABELS_SETS.topicName())) {
            takeLabels(record);
            return;
        }
        RawPair raw =
                new RawPair(new TopicPartition(record.topic(), record.partition()), record.offset(), record.value());
        Preparation preparation = preparer.prepare(raw, PairPreparer.FIRST_USE);
        if (preparation instanceof Preparation.Ready ready) {
            sample.offer(ready.pair());
            return;
        }
        if (preparation instanceof Preparation.TakenDown) {
            return;
        }
        LOG.warn(
                "held-out record left out topic={} partition={} offset={} {}",
                record.topic(),
                record.partition(),
                record.offset(),
                preparation);
    }

    private void takeLabels(ConsumerRecord<String, byte[]> record) {
        if (!labelSetName.map(name -> name.equals(record.key())).orElse(false)) {
            return;
        }
        try {
            labelSet = labelSets.deserialize(record.topic(), record.value());
        } catch (PoisonRecordException | RegistryUnavailableException e) {
            LOG.warn("label set unreadable topic={} offset={}", record.topic(), record.offset(), e);
        }
    }

    private void rest() {
        try {
            if (stopped.await(RETRY_MILLIS, TimeUnit.MILLISECONDS)) {
                LOG.debug("held-out feed stopped");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
