package dev.capstan.local.demo;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.LabelSet;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Publishes label sets. */
final class LabelSetWriter {
    private LabelSetWriter() {}

    /** Returns when Kafka has taken all of them. */
    static void publish(KafkaSettings settings, List<LabelSet> sets) {
        AvroSerializer<LabelSet> serializer = new AvroSerializer<>();
        serializer.configure(settings.clientProperties(), false);
        try (Producer<String, LabelSet> producer =
                new KafkaProducer<>(settings.producerProperties(), new StringSerializer(), serializer)) {
            for (LabelSet set : sets) {
                producer.send(new ProducerRecord<>(Topics.LABELS_SETS.topicName(), set.getName(), set))
                        .get();
            }
        } catch (ExecutionException e) {
            throw new KafkaException("The label sets cannot be published: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
