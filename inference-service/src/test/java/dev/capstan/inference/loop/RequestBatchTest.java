package dev.capstan.inference.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class RequestBatchTest {
    private static final BatchLimits LIMITS = new BatchLimits(3, 2, 100);

    @Test
    void shouldPutClassificationsFirstAndCutEachKindByItsCount() {
        List<RequestBatch> batches = RequestBatch.of(
                polled(records(Topics.REQUESTS_CAPTION, 0, 5, 1), records(Topics.REQUESTS_CLASSIFY, 0, 5, 1)), LIMITS);

        assertThat(batches)
                .extracting(RequestBatch::topic)
                .containsExactly(
                        Topics.REQUESTS_CLASSIFY,
                        Topics.REQUESTS_CLASSIFY,
                        Topics.REQUESTS_CAPTION,
                        Topics.REQUESTS_CAPTION,
                        Topics.REQUESTS_CAPTION);
        assertThat(batches).extracting(batch -> batch.records().size()).containsExactly(3, 2, 2, 2, 1);
    }

    @Test
    void shouldCutByBytesAndLetOneLargeRecordPassAlone() {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>(records(Topics.REQUESTS_CLASSIFY, 0, 2, 60));
        records.addAll(records(Topics.REQUESTS_CLASSIFY, 1, 1, 500));

        List<RequestBatch> batches = RequestBatch.of(polled(records), LIMITS);

        assertThat(batches).extracting(batch -> batch.records().size()).containsExactly(1, 1, 1);
    }

    @Test
    void shouldTellTheNextOffsetOfEachPartition() {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>(records(Topics.REQUESTS_CLASSIFY, 0, 2, 1));
        records.addAll(records(Topics.REQUESTS_CLASSIFY, 1, 1, 1));

        Map<TopicPartition, OffsetAndMetadata> offsets =
                RequestBatch.of(polled(records), LIMITS).get(0).nextOffsets();

        assertThat(offsets)
                .containsOnly(
                        Map.entry(partition(0), new OffsetAndMetadata(2)),
                        Map.entry(partition(1), new OffsetAndMetadata(1)));
    }

    private static TopicPartition partition(int number) {
        return new TopicPartition(Topics.REQUESTS_CLASSIFY.topicName(), number);
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(Topics topic, int partition, int count, int bytes) {
        return LongStream.range(0, count)
                .mapToObj(offset -> new ConsumerRecord<>(
                        topic.topicName(),
                        partition,
                        offset,
                        0L,
                        TimestampType.CREATE_TIME,
                        0,
                        bytes,
                        new byte[0],
                        new byte[bytes],
                        new RecordHeaders(),
                        Optional.empty()))
                .toList();
    }

    @SafeVarargs
    private static ConsumerRecords<byte[], byte[]> polled(List<ConsumerRecord<byte[], byte[]>>... lists) {
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> byPartition = new HashMap<>();
        for (List<ConsumerRecord<byte[], byte[]>> list : lists) {
            for (ConsumerRecord<byte[], byte[]> record : list) {
                byPartition
                        .computeIfAbsent(
                                new TopicPartition(record.topic(), record.partition()), key -> new ArrayList<>())
                        .add(record);
            }
        }
        return new ConsumerRecords<>(byPartition, Map.of());
    }
}
