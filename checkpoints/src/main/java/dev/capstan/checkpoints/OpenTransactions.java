package dev.capstan.checkpoints;

import dev.capstan.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Tells whether a read_committed reader sees all that was ever committed to a topic, or whether a transaction that is
 * still open may hide some of it. Asked rarely, so each question opens its own client.
 */
final class OpenTransactions {
    private static final long CHECK_NANOS = Duration.ofMillis(10).toNanos();

    private final Map<String, Object> clientProperties;
    private final PartitionReader reader;

    OpenTransactions(Map<String, Object> clientProperties, PartitionReader reader) {
        this.clientProperties = Map.copyOf(clientProperties);
        this.reader = reader;
    }

    /** Whether every transaction that wrote to the topic before this call is decided. */
    boolean isDecided(Topics topic, Deadline deadline) {
        List<TopicPartition> partitions = reader.partitions(topic.topicName(), deadline);
        return isDecided(written(partitions, deadline), deadline);
    }

    /**
     * Waits until every transaction that wrote to the topic before this call is decided.
     *
     * @throws CheckpointUnavailableException if that takes too long
     */
    void awaitDecided(Topics topic, Deadline deadline) {
        List<TopicPartition> partitions = reader.partitions(topic.topicName(), deadline);
        Map<TopicPartition, Long> written = written(partitions, deadline);
        while (!isDecided(written, deadline)) {
            if (deadline.isOver()) {
                throw new CheckpointUnavailableException(
                        "The open transaction of another writer hides a part of " + topic.topicName(), null);
            }
            LockSupport.parkNanos(CHECK_NANOS);
        }
    }

    private boolean isDecided(Map<TopicPartition, Long> written, Deadline deadline) {
        Map<TopicPartition, Long> decided = reader.endOffsets(written.keySet(), deadline);
        return written.entrySet().stream().allMatch(end -> decided.getOrDefault(end.getKey(), 0L) >= end.getValue());
    }

    private Map<TopicPartition, Long> written(List<TopicPartition> partitions, Deadline deadline) {
        Map<TopicPartition, OffsetSpec> latest =
                partitions.stream().collect(Collectors.toMap(Function.identity(), partition -> OffsetSpec.latest()));
        try (Admin admin = Admin.create(clientProperties)) {
            return admin
                    .listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                    .all()
                    .get(deadline.remaining().toMillis(), TimeUnit.MILLISECONDS)
                    .entrySet()
                    .stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, entry -> offset(entry.getValue())));
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw new CheckpointUnavailableException("The cluster did not give the end offsets in time", e);
        }
    }

    private static long offset(ListOffsetsResultInfo info) {
        return info.offset();
    }
}
