package dev.capstan.local.feed;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/** How many records a group has yet to read of a topic; all of them, if it never committed. One thread. */
final class RecordLag implements AutoCloseable {
    private static final long TIMEOUT_SECONDS = 30;

    private final Admin admin;

    RecordLag(KafkaSettings settings) {
        admin = Admin.create(settings.clientProperties());
    }

    long of(String group, Topics topic) {
        try {
            List<TopicPartition> partitions = Objects.requireNonNull(admin.describeTopics(List.of(topic.topicName()))
                            .allTopicNames()
                            .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                            .get(topic.topicName()))
                    .partitions()
                    .stream()
                    .map(partition -> new TopicPartition(topic.topicName(), partition.partition()))
                    .toList();
            Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            Map<TopicPartition, ListOffsetsResultInfo> ends = offsets(partitions, OffsetSpec.latest());
            Map<TopicPartition, ListOffsetsResultInfo> begins = offsets(partitions, OffsetSpec.earliest());
            long lag = 0;
            for (TopicPartition partition : partitions) {
                long begin = Objects.requireNonNull(begins.get(partition)).offset();
                OffsetAndMetadata done = committed.get(partition);
                long next = done == null ? begin : Math.max(begin, done.offset());
                lag += Math.max(0, Objects.requireNonNull(ends.get(partition)).offset() - next);
            }
            return lag;
        } catch (ExecutionException e) {
            throw new KafkaException(
                    "The lag of group " + group + " cannot be read: "
                            + Objects.requireNonNull(e.getCause()).getMessage(),
                    e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("The cluster did not tell the lag of group " + group + " in time", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    @Override
    public void close() {
        admin.close();
    }

    private Map<TopicPartition, ListOffsetsResultInfo> offsets(List<TopicPartition> partitions, OffsetSpec which)
            throws InterruptedException, ExecutionException, TimeoutException {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        partitions.forEach(partition -> wanted.put(partition, which));
        return admin.listOffsets(wanted).all().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }
}
