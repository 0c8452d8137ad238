package dev.capstan.ingest;

import java.time.Clock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * The time of a crawled record, brought into the range that the cluster and the duplicate memory can work with: a record
 * without a time would be dropped unseen, one from the future would make the memory forget everything before it, and a
 * topic may refuse to take it.
 */
record CrawlTimestamp(Clock clock) implements TimestampExtractor {
    @Override
    public long extract(ConsumerRecord<Object, Object> crawled, long partitionTime) {
        long now = clock.millis();
        if (crawled.timestamp() < 0) {
            return partitionTime < 0 ? now : partitionTime;
        }
        return Math.min(crawled.timestamp(), now);
    }
}
