package dev.capstan.ingest;

import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Feeds a real broker and reads what is committed of the outputs. One thread. */
final class PairStream implements AutoCloseable {
    private final AvroSerializer<CrawledPair> crawled = new AvroSerializer<>();
    private final AvroDeserializer<CuratedPair> curatedValues = new AvroDeserializer<>(CuratedPair.class);
    private final AvroDeserializer<RejectedPair> rejectedValues = new AvroDeserializer<>(RejectedPair.class);
    private final KafkaProducer<String, byte[]> producer;
    private final KafkaConsumer<String, byte[]> consumer;
    private final List<Future<RecordMetadata>> sent = new ArrayList<>();
    private final List<CuratedPair> curated = new ArrayList<>();
    private final List<CuratedPair> heldout = new ArrayList<>();
    private final List<RejectedPair> rejected = new ArrayList<>();

    PairStream(Map<String, Object> clientProperties) {
        crawled.configure(clientProperties, false);
        curatedValues.configure(clientProperties, false);
        rejectedValues.configure(clientProperties, false);
        Map<String, Object> producing = new HashMap<>(clientProperties);
        producing.put("max.request.size", 8 << 20);
        producing.put("linger.ms", 0);
        producer = new KafkaProducer<>(producing, new StringSerializer(), new ByteArraySerializer());
        Map<String, Object> consuming = new HashMap<>(clientProperties);
        consuming.put("group.id", "reader-" + System.nanoTime());
        consuming.put("isolation.level", "read_committed");
        consuming.put("auto.offset.reset", "earliest");
        consuming.put("enable.auto.commit", false);
        consumer = new KafkaConsumer<>(consuming, new StringDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(TopicLimits.OUTPUTS.stream().map(Topics::topicName).toList());
    }

    /** Sends without waiting; {@link #read} fails if the broker refuses. */
    void crawl(CrawledPair pair) {
        sent.add(send(pair.getPairId(), bytes(pair)));
    }

    /** Sends, and answers where the record stands. */
    Origin crawlAndWait(String key, byte @Nullable [] value) throws InterruptedException {
        return origin(send(key, value));
    }

    Origin crawlAndWait(CrawledPair pair) throws InterruptedException {
        return crawlAndWait(pair.getPairId(), bytes(pair));
    }

    byte[] bytes(CrawledPair pair) {
        return Objects.requireNonNull(crawled.serialize(Topics.PAIRS_CRAWLED.topicName(), pair));
    }

    /** Reads on, and answers how many records came so far. */
    int read() throws InterruptedException {
        for (Future<RecordMetadata> record : sent) {
            origin(record);
        }
        sent.clear();
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
            switch (Topics.byName(record.topic())) {
                case PAIRS_CURATED -> curated.add(curated(record));
                case PAIRS_HELDOUT -> heldout.add(curated(record));
                case PAIRS_REJECTED ->
                    rejected.add(Objects.requireNonNull(rejectedValues.deserialize(record.topic(), record.value())));
                default -> throw new IllegalStateException(record.topic());
            }
        }
        return curated.size() + heldout.size() + rejected.size();
    }

    /** Ids of the pairs that were admitted, each as often as it was. */
    List<String> admittedIds() {
        List<String> ids = new ArrayList<>();
        curated.forEach(pair -> ids.add(pair.getPairId()));
        heldout.forEach(pair -> ids.add(pair.getPairId()));
        return ids;
    }

    /** Rules by the coordinates of what they refused. */
    Map<Origin, List<String>> rulesByOrigin() {
        Map<Origin, List<String>> rules = new HashMap<>();
        for (RejectedPair pair : rejected) {
            Origin origin = new Origin(pair.getTopic(), pair.getPartition(), pair.getOffset());
            rules.computeIfAbsent(origin, key -> new ArrayList<>()).add(pair.getRule());
        }
        return rules;
    }

    @Override
    public void close() {
        producer.close();
        consumer.close();
        crawled.close();
        curatedValues.close();
        rejectedValues.close();
    }

    private Future<RecordMetadata> send(String key, byte @Nullable [] value) {
        return producer.send(new ProducerRecord<>(Topics.PAIRS_CRAWLED.topicName(), key, value));
    }

    private static Origin origin(Future<RecordMetadata> sent) throws InterruptedException {
        try {
            RecordMetadata metadata = sent.get();
            return new Origin(metadata.topic(), metadata.partition(), metadata.offset());
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private CuratedPair curated(ConsumerRecord<String, byte[]> record) {
        CuratedPair pair = Objects.requireNonNull(curatedValues.deserialize(record.topic(), record.value()));
        if (!pair.getPairId().equals(record.key())) {
            throw new IllegalStateException("key " + record.key() + " of pair " + pair.getPairId());
        }
        return pair;
    }
}
