import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.PairIds;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.LocatedPair;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes a picture with its text, and an address with its text. The class path needs Capstan's schemas jar and what it
 * depends on: {@code java -cp 'local-stack/target/dist/lib/*' docs/examples/ProducePairs.java BROKER REGISTRY PICTURE TEXT}.
 */
public final class ProducePairs {
    public static void main(String[] arguments) throws Exception {
        Map<String, Object> properties = Map.of(
                "bootstrap.servers", arguments[0],
                "schema.registry.url", arguments[1],
                "acks", "all",
                "enable.idempotence", true,
                "max.request.size", Topics.PAIRS_CRAWLED.maxMessageBytes());
        byte[] picture = Files.readAllBytes(Path.of(arguments[2]));
        String text = arguments[3];
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(properties, false);
        try (Producer<String, SpecificRecord> producer =
                new KafkaProducer<>(properties, new StringSerializer(), serializer)) {
            String id = PairIds.of(Optional.empty(), picture, text);
            CrawledPair crawled = CrawledPair.newBuilder()
                    .setPairId(id)
                    .setText(text)
                    .setImage(ByteBuffer.wrap(picture))
                    .setSource("java-example")
                    .setCrawledAt(now)
                    .build();
            report(producer, new ProducerRecord<>(Topics.PAIRS_CRAWLED.topicName(), id, crawled));

            String url = "https://Example.org/" + Path.of(arguments[2]).getFileName();
            String host = URI.create(url).getHost().toLowerCase(Locale.ROOT);
            LocatedPair located = new LocatedPair(url, text, "java-example", now, null);
            report(producer, new ProducerRecord<>(Topics.PAIRS_LOCATED.topicName(), host, located));
        }
    }

    private static void report(
            Producer<String, SpecificRecord> producer, ProducerRecord<String, SpecificRecord> record)
            throws Exception {
        RecordMetadata written = producer.send(record).get();
        System.out.println(written.topic() + " " + written.partition() + " " + written.offset());
    }
}
