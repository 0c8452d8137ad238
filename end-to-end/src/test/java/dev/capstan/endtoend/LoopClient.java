package dev.capstan.endtoend;

import dev.capstan.corpora.CaptionedShapes;
import dev.capstan.corpora.PhasePlan;
import dev.capstan.corpora.SampleFeed;
import dev.capstan.corpora.SampleItem;
import dev.capstan.corpora.SampleRecipe;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRanking;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.RejectedPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;

/** A user of a running loop: feeds shapes, asks, and reads what a read_committed reader is shown. */
final class LoopClient {
    private final Map<String, Object> properties;
    private final Duration limit;
    private final SampleFeed shapes = new SampleFeed(
            CaptionedShapes.full(), SampleRecipe.shapes(), SampleFeed.Options.clean(7, PhasePlan.always(0.2)));

    /**
     * @param properties of the cluster and the registry
     * @param limit longest wait for a record
     */
    LoopClient(Map<String, Object> properties, Duration limit) {
        this.properties = Map.copyOf(properties);
        this.limit = limit;
    }

    /**
     * Feeds pairs and returns the last picture.
     *
     * @param prefix of the pairs' ids
     */
    SampleItem feed(String prefix, int pairs) {
        SampleItem last = shapes.next();
        try (KafkaProducer<String, SpecificRecord> producer = producer()) {
            for (int i = 0; i < pairs; i++) {
                last = shapes.next();
                String id = prefix + i;
                Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(
                        Topics.PAIRS_CRAWLED.topicName(),
                        id,
                        new CrawledPair(
                                id,
                                last.sourceUrl(),
                                last.text(),
                                last.image(),
                                last.contentType(),
                                Map.of(),
                                last.source(),
                                Instant.now())));
            }
            producer.flush();
        }
        return last;
    }

    /** Asks one question for labels and one for a caption, under the same id, for each id. */
    void ask(List<String> ids, SampleItem picture) {
        try (KafkaProducer<String, SpecificRecord> producer = producer()) {
            for (String id : ids) {
                Future<RecordMetadata> unusedClassify = producer.send(new ProducerRecord<>(
                        Topics.REQUESTS_CLASSIFY.topicName(),
                        id,
                        new ClassifyRequest(
                                id,
                                picture.image(),
                                List.of(picture.label(), "teapot"),
                                null,
                                List.of("{}"),
                                2,
                                Instant.now())));
                Future<RecordMetadata> unusedCaption = producer.send(new ProducerRecord<>(
                        Topics.REQUESTS_CAPTION.topicName(),
                        id,
                        new CaptionRequest(
                                id, picture.image(), null, 12, 1, CaptionRanking.LIKELIHOOD, Instant.now())));
            }
            producer.flush();
        }
    }

    /** The first record that is wanted, waited for. */
    <T extends SpecificRecord> T await(Topics topic, Class<T> type, Predicate<T> wanted) {
        try (KafkaConsumer<String, T> consumer = consumer(topic, type)) {
            List<T> found = new ArrayList<>();
            Awaitility.await().atMost(limit).until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(record -> {
                    if (wanted.test(record.value())) {
                        found.add(record.value());
                    }
                });
                return !found.isEmpty();
            });
            return found.get(0);
        }
    }

    /**
     * Reads several topics of one kind of id from their beginnings until every id was seen, then on to their ends, and counts.
     *
     * @param topics topics with the types of their records
     * @param idOf the id of a record, or another text for a record that does not matter
     * @return how often each wanted id was seen
     */
    Map<String, Integer> count(
            Map<Topics, Class<? extends SpecificRecord>> topics,
            List<String> wanted,
            Function<SpecificRecord, String> idOf) {
        Map<String, Integer> seen = new HashMap<>();
        wanted.forEach(id -> seen.put(id, 0));
        List<KafkaConsumer<String, ? extends SpecificRecord>> consumers = new ArrayList<>();
        try {
            topics.forEach((topic, type) -> consumers.add(consumer(topic, type)));
            Awaitility.await().atMost(limit).until(() -> {
                read(consumers, seen, idOf);
                return !seen.containsValue(0);
            });
            // Whatever was written twice by now lies before the ends of now.
            consumers.forEach(consumer -> {
                Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
                Awaitility.await().atMost(limit).until(() -> {
                    read(List.of(consumer), seen, idOf);
                    return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
                });
            });
            return seen;
        } finally {
            consumers.forEach(KafkaConsumer::close);
        }
    }

    private static void read(
            List<KafkaConsumer<String, ? extends SpecificRecord>> consumers,
            Map<String, Integer> seen,
            Function<SpecificRecord, String> idOf) {
        for (KafkaConsumer<String, ? extends SpecificRecord> consumer : consumers) {
            consumer.poll(Duration.ofMillis(300))
                    .forEach(record -> seen.computeIfPresent(idOf.apply(record.value()), (id, times) -> times + 1));
        }
    }

    private <T extends SpecificRecord> KafkaConsumer<String, T> consumer(Topics topic, Class<T> type) {
        AvroDeserializer<T> deserializer = new AvroDeserializer<>(type);
        deserializer.configure(properties, false);
        Map<String, Object> consumerProperties = new HashMap<>(properties);
        consumerProperties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        KafkaConsumer<String, T> consumer =
                new KafkaConsumer<>(consumerProperties, new StringDeserializer(), deserializer);
        List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                .map(partition -> new TopicPartition(topic.topicName(), partition.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }

    private KafkaProducer<String, SpecificRecord> producer() {
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(properties, false);
        Map<String, Object> producerProperties = new HashMap<>(properties);
        producerProperties.put("acks", "all");
        return new KafkaProducer<>(producerProperties, new StringSerializer(), serializer);
    }

    /** The id of the question or pair that a record is about; empty for any other record. */
    static String id(SpecificRecord record) {
        if (record instanceof ClassificationEvent event) {
            return event.getRequestId();
        }
        if (record instanceof CaptionEvent event) {
            return event.getRequestId();
        }
        if (record instanceof CuratedPair pair) {
            return pair.getPairId();
        }
        return record instanceof RejectedPair pair ? String.valueOf(pair.getPairId()) : "";
    }
}
