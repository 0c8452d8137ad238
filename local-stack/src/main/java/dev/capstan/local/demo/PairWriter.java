package dev.capstan.local.demo;

import dev.capstan.corpora.SampleItem;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.PairIds;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes pairs to pairs.crawled. Writing blocks while Kafka is slower than the feed. One thread writes; the counts may be
 * read by any.
 */
final class PairWriter implements AutoCloseable {
    private static final int MEBIBYTE = 1024 * 1024;

    private final Clock clock;
    private final Producer<String, CrawledPair> producer;
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong tooLarge = new AtomicLong();
    private final AtomicReference<Exception> failure = new AtomicReference<>();

    PairWriter(KafkaSettings settings, Clock clock) {
        this.clock = clock;
        AvroSerializer<CrawledPair> serializer = new AvroSerializer<>();
        serializer.configure(settings.clientProperties(), false);
        Map<String, Object> properties = new HashMap<>(settings.producerProperties());
        properties.put("linger.ms", 20);
        properties.put("batch.size", 128 * 1024);
        properties.put("buffer.memory", 16 * MEBIBYTE);
        properties.put("max.request.size", Topics.PAIRS_CRAWLED.maxMessageBytes());
        properties.put("compression.type", "none"); // images are compressed already
        producer = new KafkaProducer<>(properties, new StringSerializer(), serializer);
    }

    /**
     * Writes a sample as a crawled pair.
     *
     * @throws KafkaException if an earlier write has failed, or Kafka takes none for a minute
     */
    // The callback hears of the failure.
    @SuppressWarnings("FutureReturnValueIgnored")
    void write(SampleItem item) {
        rethrow();
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        CrawledPair crawled = new CrawledPair(
                PairIds.of(Optional.of(item.sourceUrl()), new byte[0], item.text()),
                item.sourceUrl(),
                item.text(),
                item.image(),
                item.contentType(),
                Map.of(),
                item.source(),
                now);
        ProducerRecord<String, CrawledPair> record = new ProducerRecord<>(
                Topics.PAIRS_CRAWLED.topicName(), null, now.toEpochMilli(), crawled.getPairId(), crawled);
        producer.send(record, (metadata, problem) -> {
            if (problem == null) {
                written.incrementAndGet();
            } else if (problem instanceof RecordTooLargeException) {
                tooLarge.incrementAndGet();
            } else {
                failure.compareAndSet(null, problem);
            }
        });
    }

    /** Pairs that Kafka has taken. */
    long written() {
        return written.get();
    }

    /** Pairs that are larger than pairs.crawled takes. */
    long tooLarge() {
        return tooLarge.get();
    }

    /** Waits until Kafka has taken everything. */
    void flush() {
        producer.flush();
        rethrow();
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(10));
    }

    private void rethrow() {
        Exception problem = failure.get();
        if (problem != null) {
            throw new KafkaException("pairs.crawled does not take pairs: " + problem.getMessage(), problem);
        }
    }
}
