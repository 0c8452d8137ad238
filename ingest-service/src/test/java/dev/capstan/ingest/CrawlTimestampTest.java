package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class CrawlTimestampTest {
    private static final long NOW = 1_700_000_000_000L;

    private final CrawlTimestamp extractor = new CrawlTimestamp(Clock.fixed(Instant.ofEpochMilli(NOW), ZoneOffset.UTC));

    @Test
    void shouldKeepATimeOfThePast() {
        long time = extractor.extract(record(NOW - 5), -1);

        assertThat(time).isEqualTo(NOW - 5);
    }

    @Test
    void shouldBringATimeOfTheFutureBackToNow() {
        long time = extractor.extract(record(Long.MAX_VALUE), -1);

        assertThat(time).isEqualTo(NOW);
    }

    @Test
    void shouldGiveARecordWithoutATimeThatOfItsPartition() {
        long time = extractor.extract(record(-1), NOW - 9);

        assertThat(time).isEqualTo(NOW - 9);
    }

    @Test
    void shouldGiveTheFirstRecordWithoutATimeThePresent() {
        long time = extractor.extract(record(-1), -1);

        assertThat(time).isEqualTo(NOW);
    }

    private static ConsumerRecord<Object, Object> record(long timestamp) {
        return new ConsumerRecord<>(
                "pairs.crawled",
                0,
                0,
                timestamp,
                TimestampType.CREATE_TIME,
                0,
                0,
                "key",
                "value",
                new RecordHeaders(),
                Optional.empty());
    }
}
