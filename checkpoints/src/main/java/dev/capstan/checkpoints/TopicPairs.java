package dev.capstan.checkpoints;

import dev.capstan.checkpoints.PartitionReader.Run;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;

/** Counts committed pairs by reading their topic. One thread. */
public final class TopicPairs implements CommittedPairs, AutoCloseable {
    private final PartitionReader reader;
    private final Duration timeout;

    /**
     * @param clientProperties {@code bootstrap.servers}, and what else consumers need
     * @param timeout longest time for one count
     */
    public TopicPairs(Map<String, Object> clientProperties, Duration timeout) {
        reader = new PartitionReader(LogClients.boundedReader(clientProperties));
        this.timeout = timeout;
    }

    /** @throws CheckpointUnavailableException if the cluster does not answer in time */
    @Override
    public OptionalLong between(String topic, int partition, long from, long to) {
        TopicPartition counted = new TopicPartition(topic, partition);
        Deadline deadline = Deadline.after(timeout);
        long begin = reader.beginningOffsets(List.of(counted), deadline).getOrDefault(counted, 0L);
        long end = reader.endOffsets(List.of(counted), deadline).getOrDefault(counted, 0L);
        if (from < begin || to > end) {
            return OptionalLong.empty();
        }
        AtomicLong pairs = new AtomicLong();
        reader.read(List.of(new Run(counted, from, to)), deadline, record -> pairs.incrementAndGet());
        return OptionalLong.of(pairs.get());
    }

    @Override
    public void close() {
        reader.close();
    }
}
