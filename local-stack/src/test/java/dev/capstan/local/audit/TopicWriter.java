package dev.capstan.local.audit;

import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.ProbeHeaders;
import dev.capstan.schemas.Topics;
import dev.capstan.testing.KafkaExtension;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Writes records as the services would, in transactions of the test's choice. */
final class TopicWriter implements AutoCloseable {
    private final KafkaExtension kafka;
    private final KafkaProducer<String, byte[]> producer;
    private final AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();

    TopicWriter(KafkaExtension kafka, String transactionalId) {
        this.kafka = kafka;
        Map<String, Object> clientProperties = kafka.clientProperties();
        serializer.configure(clientProperties, false);
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.put("transactional.id", transactionalId);
        producer = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
        producer.initTransactions();
        producer.beginTransaction();
    }

    void write(Topics topic, int partition, Instant timestamp, String key, SpecificRecord value) {
        raw(topic, partition, timestamp, key, serialized(topic, value));
    }

    void raw(Topics topic, int partition, Instant timestamp, String key, byte[] value) {
        await(new ProducerRecord<>(topic.topicName(), partition, timestamp.toEpochMilli(), key, value));
    }

    void probe(Topics topic, String key, SpecificRecord value, String expected) {
        ProducerRecord<String, byte[]> record =
                new ProducerRecord<>(topic.topicName(), 0, key, serialized(topic, value));
        record.headers()
                .add(new RecordHeader(ProbeHeaders.PROBE_EXPECTED, expected.getBytes(StandardCharsets.UTF_8)))
                .add(new RecordHeader(ProbeHeaders.PROBE_SET, "animals".getBytes(StandardCharsets.UTF_8)));
        await(record);
    }

    void commit() {
        producer.commitTransaction();
        kafka.awaitMarkers();
        producer.beginTransaction();
    }

    void abort() {
        producer.abortTransaction();
        kafka.awaitMarkers();
        producer.beginTransaction();
    }

    void offsets(String group, Topics topic, long... nextByPartition) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (int partition = 0; partition < nextByPartition.length; partition++) {
            offsets.put(
                    new TopicPartition(topic.topicName(), partition),
                    new OffsetAndMetadata(nextByPartition[partition]));
        }
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            admin.alterConsumerGroupOffsets(group, offsets).all().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        producer.abortTransaction();
        kafka.awaitMarkers();
        producer.close();
    }

    private byte[] serialized(Topics topic, SpecificRecord value) {
        byte[] bytes = serializer.serialize(topic.topicName(), value);
        if (bytes == null) {
            throw new IllegalStateException("no bytes for " + value);
        }
        return bytes;
    }

    private void await(ProducerRecord<String, byte[]> record) {
        try {
            producer.send(record).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
