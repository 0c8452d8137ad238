package dev.capstan.ingest;

import java.nio.charset.StandardCharsets;

/** Where a crawled record stands. */
record Origin(String topic, int partition, long offset) {

    /** The key of what is said about the record: topic-partition-offset. */
    byte[] key() {
        return toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return topic + "-" + partition + "-" + offset;
    }
}
