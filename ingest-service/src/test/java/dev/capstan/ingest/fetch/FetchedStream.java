package dev.capstan.ingest.fetch;

import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.LocatedPair;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Writes located pairs, all into one partition, and reads what is committed of the results. One thread. */
final class FetchedStream implements AutoCloseable {
    static final int PARTITION = 1;

    private final AvroSerializer<LocatedPair> located = new AvroSerializer<>();
    private final AvroDeserializer<CrawledPair> crawledValues = new AvroDeserializer<>(CrawledPair.class);
    private final AvroDeserializer<RejectedPair> rejectedValues = new AvroDeserializer<>(RejectedPair.class);
    private final KafkaProducer<String, byte[]> producer;
    private final KafkaConsumer<String, byte[]> consumer;
    private final List<CrawledPair> crawled = new ArrayList<>();
    private final List<RejectedPair> rejected = new ArrayList<>();
    private final List<Headers> headers = new ArrayList<>();
    private final Map<Long, String> urls = new HashMap<>();

    FetchedStream(Map<String, Object> clientProperties) {
        located.configure(clientProperties, false);
        crawledValues.configure(clientProperties, false);
        rejectedValues.configure(clientProperties, false);
        producer = new KafkaProducer<>(clientProperties, new StringSerializer(), new ByteArraySerializer());
        Map<String, Object> consuming = new HashMap<>(clientProperties);
        consuming.put("group.id", "reader-" + System.nanoTime());
        consuming.put("isolation.level", "read_committed");
        consuming.put("auto.offset.reset", "earliest");
        consuming.put("enable.auto.commit", false);
        consumer = new KafkaConsumer<>(consuming, new StringDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(Topics.PAIRS_CRAWLED.topicName(), Topics.PAIRS_REJECTED.topicName()));
    }

    void locate(String url) throws InterruptedException {
        locate(url, null);
    }

    void locate(String url, @Nullable String pageRobots) throws InterruptedException {
        locate(url, pageRobots, new RecordHeaders());
    }

    void locate(String url, @Nullable String pageRobots, Headers headers) throws InterruptedException {
        LocatedPair pair = LocatedPair.newBuilder()
                .setUrl(url)
                .setText("what stood beside")
                .setSource("test")
                .setLocatedAt(Instant.EPOCH)
                .setPageRobots(pageRobots)
                .build();
        urls.put(write(located.serialize(Topics.PAIRS_LOCATED.topicName(), pair), headers), url);
    }

    long write(byte @Nullable [] value) throws InterruptedException {
        return write(value, new RecordHeaders());
    }

    private long write(byte @Nullable [] value, Headers headers) throws InterruptedException {
        try {
            String topic = Topics.PAIRS_LOCATED.topicName();
            return producer.send(new ProducerRecord<>(topic, PARTITION, "host", value, headers))
                    .get()
                    .offset();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads on, and answers how many records came so far. */
    int read() {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
            headers.add(record.headers());
            if (record.topic().equals(Topics.PAIRS_CRAWLED.topicName())) {
                CrawledPair pair = Objects.requireNonNull(crawledValues.deserialize(record.topic(), record.value()));
                if (!pair.getPairId().equals(record.key())) {
                    throw new IllegalStateException("key " + record.key() + " of pair " + pair.getPairId());
                }
                crawled.add(pair);
            } else {
                rejected.add(Objects.requireNonNull(rejectedValues.deserialize(record.topic(), record.value())));
            }
        }
        return crawled.size() + rejected.size();
    }

    /** Headers of all results, in the order in which they were read. */
    List<Headers> headers() {
        return headers;
    }

    List<CrawledPair> crawled() {
        return crawled;
    }

    List<RejectedPair> rejected() {
        return rejected;
    }

    /** Addresses of the pairs that were fetched, each as often as it was. */
    List<String> crawledUrls() {
        return crawled.stream()
                .map(pair -> Objects.requireNonNull(pair.getSourceUrl()))
                .toList();
    }

    /** Rules by the address that they refused; "poison" for what has none. */
    Map<String, String> rules() {
        Map<String, String> rules = new HashMap<>();
        for (RejectedPair pair : rejected) {
            String before = rules.put(urls.getOrDefault(pair.getOffset(), "poison"), pair.getRule());
            if (before != null) {
                throw new IllegalStateException("two refusals of one record: " + before + ", " + pair);
            }
        }
        return rules;
    }

    @Override
    public void close() {
        producer.close();
        consumer.close();
        located.close();
        crawledValues.close();
        rejectedValues.close();
    }
}
