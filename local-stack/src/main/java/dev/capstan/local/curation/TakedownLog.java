package dev.capstan.local.curation;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.TakedownKeys;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.Takedown;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the takedowns. Each call opens and closes its clients.
 *
 * @param settings where the topics are
 */
public record TakedownLog(KafkaSettings settings) {

    /**
     * Every takedown by key, in the order in which they were written. One whose record cannot be read is there without it:
     * readers honour it all the same.
     */
    public Map<String, Optional<Takedown>> all() {
        Map<String, Optional<Takedown>> takedowns = new LinkedHashMap<>();
        try (RangeReader reader = new RangeReader(settings, ReadingProgress.SILENT);
                AvroDeserializer<Takedown> records = new AvroDeserializer<>(Takedown.class)) {
            records.configure(settings.clientProperties(), false);
            reader.read(reader.all(Topics.TAKEDOWNS), record -> {
                if (record.key() == null) {
                    return;
                }
                String key = new String(record.key(), StandardCharsets.UTF_8);
                takedowns.remove(key);
                if (record.value() != null) {
                    takedowns.put(key, parse(records, record.value()));
                }
            });
        }
        return takedowns;
    }

    /** What is taken down, as the services know it. */
    public Takedowns known() {
        Takedowns known = new Takedowns();
        try (RangeReader reader = new RangeReader(settings, ReadingProgress.SILENT)) {
            reader.read(reader.all(Topics.TAKEDOWNS), record -> {
                if (record.key() != null) {
                    known.take(new String(record.key(), StandardCharsets.UTF_8), record.value() == null);
                }
            });
        }
        return known;
    }

    /** Writes one, in place of an earlier one of the same subject; every reader honours it once this returns. */
    public void put(Takedown takedown) {
        send(TakedownKeys.of(takedown.getKind(), takedown.getSubject()), takedown);
    }

    /** Lifts one. */
    public void lift(String key) {
        send(key, null);
    }

    private void send(String key, @Nullable Takedown value) {
        Map<String, Object> properties = new HashMap<>(settings.producerProperties());
        AvroSerializer<Takedown> serializer = new AvroSerializer<>();
        serializer.configure(properties, false);
        try (KafkaProducer<String, Takedown> producer =
                new KafkaProducer<>(properties, new StringSerializer(), serializer)) {
            producer.send(new ProducerRecord<>(Topics.TAKEDOWNS.topicName(), key, value))
                    .get();
        } catch (ExecutionException e) {
            throw new CurationException("The takedown " + key + " was not written: " + e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private static Optional<Takedown> parse(AvroDeserializer<Takedown> records, byte[] value) {
        try {
            return Optional.ofNullable(records.deserialize(Topics.TAKEDOWNS.topicName(), value));
        } catch (PoisonRecordException e) {
            return Optional.empty();
        }
    }
}
