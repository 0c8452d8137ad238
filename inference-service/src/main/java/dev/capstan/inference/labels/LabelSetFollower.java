package dev.capstan.inference.labels;

import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.RegistryUnavailableException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.LabelSet;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Deserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link LabelSetTable} equal to topic labels.sets. One thread at a time calls it: the service's while it starts,
 * the request loop's afterwards.
 *
 * <p>An unknown name is looked for once more at the end of the topic before it is called unknown, at most once between two
 * calls of {@link #poll}.
 *
 * <p>It belongs to no consumer group: every instance reads the whole topic.
 */
public final class LabelSetFollower implements LabelSetLookup, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LabelSetFollower.class);
    private static final TopicPartition PARTITION = new TopicPartition(Topics.LABELS_SETS.topicName(), 0);
    private static final Duration STEP = Duration.ofMillis(100);

    private final Consumer<String, byte[]> consumer;
    private final Deserializer<LabelSet> deserializer;
    private final LabelSetTable table;
    private final Duration timeout;
    private final Clock clock;
    private boolean caughtUp;

    /**
     * @param consumer a read_committed consumer without a group; owned
     * @param deserializer owned
     * @param table written by this follower alone
     * @param timeout longest wait for the broker
     */
    public LabelSetFollower(
            Consumer<String, byte[]> consumer,
            Deserializer<LabelSet> deserializer,
            LabelSetTable table,
            Duration timeout,
            Clock clock) {
        this.consumer = consumer;
        this.deserializer = deserializer;
        this.table = table;
        this.timeout = timeout;
        this.clock = clock;
        consumer.assign(List.of(PARTITION));
        consumer.seekToBeginning(List.of(PARTITION));
    }

    /**
     * Takes over what has arrived, without waiting.
     *
     * @throws RegistryUnavailableException if a schema could not be had; the record comes again
     */
    public void poll() {
        caughtUp = false;
        take(consumer.poll(Duration.ZERO));
    }

    /**
     * Reads everything that was committed when it was called: a label set that was written before a request is known
     * when the request is read.
     *
     * @throws TimeoutException if the broker does not answer in time
     * @throws RegistryUnavailableException if a schema could not be had; the record comes again
     */
    public void catchUp() {
        Instant deadline = clock.instant().plus(timeout);
        Long end = consumer.endOffsets(List.of(PARTITION), timeout).get(PARTITION);
        if (end == null) {
            throw new TimeoutException("The broker told no end of " + PARTITION);
        }
        while (consumer.position(PARTITION, timeout) < end) {
            if (clock.instant().isAfter(deadline)) {
                throw new TimeoutException("Offset " + end + " of " + PARTITION + " was not reached in " + timeout);
            }
            take(consumer.poll(STEP));
        }
        caughtUp = true;
    }

    @Override
    public Answer find(String name) {
        Optional<LabelSetEntry> entry = table.find(name);
        if (entry.isEmpty() && !caughtUp) {
            catchUp();
            entry = table.find(name);
        }
        if (entry.isEmpty()) {
            return new Answer(
                    Optional.empty(),
                    "label-set-unknown",
                    "No label set has the name \"" + name + "\". Write it to topic " + PARTITION.topic() + " first.");
        }
        if (entry.get().texts().isEmpty()) {
            return new Answer(
                    Optional.empty(),
                    "label-set-unusable",
                    "The label set \"" + name + "\" cannot be used: "
                            + entry.get().problem() + ". Write it to topic " + PARTITION.topic() + " again.");
        }
        return new Answer(entry.get().texts(), "", "");
    }

    @Override
    public void close() {
        consumer.close();
        deserializer.close();
    }

    private void take(ConsumerRecords<String, byte[]> records) {
        for (ConsumerRecord<String, byte[]> record : records) {
            try {
                take(record);
            } catch (RegistryUnavailableException e) {
                consumer.seek(PARTITION, record.offset());
                throw e;
            } catch (PoisonRecordException e) {
                LOG.warn(
                        "label set record skipped topic={} partition={} offset={} problem={}",
                        record.topic(),
                        record.partition(),
                        record.offset(),
                        e.getMessage());
            }
        }
    }

    private void take(ConsumerRecord<String, byte[]> record) {
        String name = record.key();
        if (name == null) {
            throw new PoisonRecordException("A label set has no key", null);
        }
        LabelSet set = deserializer.deserialize(record.topic(), record.value());
        if (set == null) {
            table.remove(name);
            return;
        }
        table.put(name, set);
    }
}
