package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PairIds;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.LocatedPair;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** What the examples of the producer contract must have written, whatever language they are in. */
final class ProducerExamples {
    static final byte[] PICTURE = {1, 2, 3, (byte) 200};
    static final String TEXT = "a cat on a m\u00fcslibox";

    private ProducerExamples() {}

    static Path source(String name) {
        return Path.of(System.getProperty("capstan.root"), "docs", "examples", name);
    }

    static void assertWritten(Map<String, Object> properties, String source) {
        String id = PairIds.of(Optional.empty(), PICTURE, TEXT);
        assertThat(read(properties, Topics.PAIRS_CRAWLED, CrawledPair.class))
                .singleElement()
                .satisfies(record -> assertThat(record.key()).isEqualTo(id))
                .satisfies(record -> assertThat(record.value())
                        .returns(id, CrawledPair::getPairId)
                        .returns(TEXT, CrawledPair::getText)
                        .returns(ByteBuffer.wrap(PICTURE), CrawledPair::getImage)
                        .returns(source, CrawledPair::getSource))
                .satisfies(record -> assertThat(record.value().getCrawledAt())
                        .isBetween(Instant.now().minusSeconds(600), Instant.now()));
        assertThat(read(properties, Topics.PAIRS_LOCATED, LocatedPair.class))
                .singleElement()
                .satisfies(record -> assertThat(record.key()).isEqualTo("example.org"))
                .satisfies(record -> assertThat(record.value())
                        .returns("https://Example.org/cat.png", LocatedPair::getUrl)
                        .returns(TEXT, LocatedPair::getText)
                        .returns(source, LocatedPair::getSource));
    }

    private static <T extends SpecificRecord> List<ConsumerRecord<String, T>> read(
            Map<String, Object> properties, Topics topic, Class<T> type) {
        AvroDeserializer<T> deserializer = new AvroDeserializer<>(type);
        deserializer.configure(properties, false);
        List<ConsumerRecord<String, T>> records = new ArrayList<>();
        try (KafkaConsumer<String, T> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), deserializer)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream()
                    .anyMatch(one -> consumer.position(one) < Objects.requireNonNull(ends.get(one)))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }
}
