package dev.capstan.trainer;

import io.opentelemetry.api.trace.SpanContext;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A record of the curated topic before anything looked into it.
 *
 * @param value the record's bytes, or null for a tombstone; nobody writes to them
 * @param trace the span that wrote it, if it is sampled; else an invalid one
 */
@SuppressWarnings("ArrayRecordComponent") // one owner at a time, never compared
record RawPair(TopicPartition partition, long offset, byte @Nullable [] value, SpanContext trace) {
    RawPair(TopicPartition partition, long offset, byte @Nullable [] value) {
        this(partition, offset, value, SpanContext.getInvalid());
    }

    int bytes() {
        byte[] content = value;
        return content == null ? 0 : content.length;
    }

    @Override
    public String toString() {
        return partition + "@" + offset;
    }
}
