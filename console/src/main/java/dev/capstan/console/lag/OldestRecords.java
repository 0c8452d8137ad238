package dev.capstan.console.lag;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the time of the first committed record at or behind an offset. A record's time never changes, so that each is read
 * once: a group that does not move costs nothing. One thread at a time; {@link #wakeup} from any.
 */
final class OldestRecords implements AutoCloseable {
    private static final int REMEMBERED = 8192;
    private static final int MEBIBYTE = 1024 * 1024;
    private static final Duration POLL = Duration.ofMillis(100);

    private final Consumer<byte[], byte[]> consumer;
    private final Map<Run, Long> remembered = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Run, Long> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** A partition from an offset on. */
    record Run(TopicPartition partition, long from) {}

    OldestRecords(Map<String, Object> clientProperties) {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        properties.put("auto.offset.reset", "earliest");
        properties.put("allow.auto.create.topics", false);
        // Only a time is wanted of each: one batch a partition, which a broker sends however small the limit.
        properties.put("max.partition.fetch.bytes", 1024);
        properties.put("fetch.max.bytes", 4 * MEBIBYTE);
        properties.put("max.poll.records", 1);
        properties.put("fetch.max.wait.ms", 50);
        properties.remove("group.id");
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * @param ends for each run the offset to stop before
     * @param limit how long to read at most
     * @return times in milliseconds since 1970, empty for a run without a record; runs that were not reached are absent
     */
    Map<Run, OptionalLong> times(Map<Run, Long> ends, Duration limit) {
        Map<Run, OptionalLong> times = new HashMap<>();
        List<Run> open = new ArrayList<>();
        ends.keySet().forEach(run -> {
            Long known = remembered.get(run);
            if (known == null) {
                open.add(run);
                return;
            }
            times.put(run, OptionalLong.of(known));
        });
        long deadline = System.nanoTime() + limit.toNanos();
        while (!open.isEmpty() && System.nanoTime() < deadline) {
            // A consumer has one position a partition: two groups on one partition take two turns.
            Map<TopicPartition, Run> turn = new HashMap<>();
            open.forEach(run -> turn.putIfAbsent(run.partition(), run));
            read(turn, ends, times, deadline);
            open.removeAll(turn.values());
        }
        return times;
    }

    void wakeup() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close();
    }

    private void read(Map<TopicPartition, Run> turn, Map<Run, Long> ends, Map<Run, OptionalLong> times, long deadline) {
        Map<TopicPartition, Run> open = new HashMap<>(turn);
        consumer.assign(open.keySet());
        open.forEach((partition, run) -> consumer.seek(partition, run.from()));
        while (!open.isEmpty() && System.nanoTime() < deadline) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                Run run = open.remove(partition);
                if (run == null) {
                    continue;
                }
                if (record.offset() < end(ends, run)) {
                    times.put(run, OptionalLong.of(record.timestamp()));
                    remembered.put(run, record.timestamp());
                } else {
                    times.put(run, OptionalLong.empty());
                }
                consumer.pause(List.of(partition));
            }
            List.copyOf(open.values()).forEach(run -> {
                if (consumer.position(run.partition()) >= end(ends, run)) {
                    open.remove(run.partition());
                    times.put(run, OptionalLong.empty());
                    consumer.pause(List.of(run.partition()));
                }
            });
        }
        consumer.unsubscribe();
    }

    private static long end(Map<Run, Long> ends, Run run) {
        Long end = ends.get(run);
        if (end == null) {
            throw new IllegalStateException("no end of " + run);
        }
        return end;
    }
}
