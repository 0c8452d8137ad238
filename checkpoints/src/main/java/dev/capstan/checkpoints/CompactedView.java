package dev.capstan.checkpoints;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The newest value of every key of a compacted topic, undecoded, caught up on demand. One thread.
 *
 * <p>Values stay bytes so that one record that cannot be decoded harms only who asks for it.
 */
final class CompactedView {
    private final TopicCursor cursor;
    private final Map<String, byte[]> newest = new HashMap<>();
    /** Of those records that have any. */
    private final Map<String, Headers> headers = new HashMap<>();

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

    /** The headers of the newest record of a key. */
    Headers headers(String key) {
        Headers found = headers.get(key);
        return found == null ? new RecordHeaders() : found;
    }

    private void apply(ConsumerRecord<String, byte[]> record) {
        byte[] value = record.value();
        headers.remove(record.key());
        if (value == null) {
            newest.remove(record.key());
            return;
        }
        newest.put(record.key(), value);
        Headers copies = new RecordHeaders();
        // The consumer's own headers hold on to all that was fetched with them.
        record.headers().forEach(header -> copies.add(header.key(), header.value()));
        if (copies.iterator().hasNext()) {
            headers.put(record.key(), copies);
        }
    }
}
