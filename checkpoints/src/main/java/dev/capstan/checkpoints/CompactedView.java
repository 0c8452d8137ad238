package dev.capstan.checkpoints;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The newest value of every key of a compacted topic, undecoded, caught up on demand. One thread.
 *
 * <p>Values stay bytes so that one record that cannot be decoded harms only who asks for it.
 */
final class CompactedView {
    private final TopicCursor cursor;
    private final Map<String, byte[]> newest = new HashMap<>();

    CompactedView(PartitionReader reader, String topic) {
        cursor = new TopicCursor(reader, topic);
    }

    /** Reads what was committed since the last call. */
    void catchUp(Deadline deadline) {
        cursor.catchUp(deadline, this::apply);
    }

    Set<String> keys() {
        return Set.copyOf(newest.keySet());
    }

    byte @Nullable [] value(String key) {
        return newest.get(key);
    }

    private void apply(ConsumerRecord<String, byte[]> record) {
        byte[] value = record.value();
        if (value == null) {
            newest.remove(record.key());
            return;
        }
        newest.put(record.key(), value);
    }
}
