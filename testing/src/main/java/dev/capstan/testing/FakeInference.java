package dev.capstan.testing;

import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.RejectedRequest;
import dev.capstan.schemas.records.ScoredLabel;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Answers requests without a model, on a thread of its own: the first label is right, the caption is the one it was made
 * with, and a picture whose first byte is zero cannot be decoded.
 */
public final class FakeInference implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(50);

    private final String model;
    private final long checkpoint;
    private final String caption;
    private final Consumer<String, byte[]> consumer;
    private final Producer<String, SpecificRecord> producer;
    private final AvroDeserializer<ClassifyRequest> classify = new AvroDeserializer<>(ClassifyRequest.class);
    private final AvroDeserializer<CaptionRequest> captions = new AvroDeserializer<>(CaptionRequest.class);
    private final AtomicInteger answered = new AtomicInteger();
    private final Thread thread = new Thread(this::run, "fake-inference");

    public FakeInference(Map<String, Object> clientProperties, String model, long checkpoint, String caption) {
        this.model = model;
        this.checkpoint = checkpoint;
        this.caption = caption;
        classify.configure(clientProperties, false);
        captions.configure(clientProperties, false);
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(clientProperties, false);
        producer = new KafkaProducer<>(new HashMap<>(clientProperties), new StringSerializer(), serializer);
        Map<String, Object> consuming = new HashMap<>(clientProperties);
        consuming.put("group.id", "capstan-inference");
        consuming.put("auto.offset.reset", "earliest");
        consuming.put("enable.auto.commit", false);
        consumer = new KafkaConsumer<>(consuming, new StringDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(Topics.REQUESTS_CLASSIFY.topicName(), Topics.REQUESTS_CAPTION.topicName()));
        thread.start();
    }

    /** How many requests it has answered or refused. */
    public int answered() {
        return answered.get();
    }

    @Override
    public void close() {
        consumer.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        producer.close();
        classify.close();
        captions.close();
    }

    private void run() {
        try (consumer) {
            while (true) {
                consumer.poll(POLL).forEach(this::answer);
                producer.flush();
                consumer.commitSync();
            }
        } catch (WakeupException e) {
            // Closed.
        }
    }

    private void answer(ConsumerRecord<String, byte[]> record) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        String event = record.topic() + "-" + record.partition() + "-" + record.offset();
        if (record.topic().equals(Topics.REQUESTS_CAPTION.topicName())) {
            CaptionRequest request = Objects.requireNonNull(captions.deserialize(record.topic(), record.value()));
            if (request.getImage().get(0) == 0) {
                refuse(record, request.getRequestId(), now);
                return;
            }
            send(
                    Topics.EVENTS_CAPTIONS,
                    new CaptionEvent(
                            event,
                            request.getRequestId(),
                            caption,
                            List.of(),
                            0.71,
                            model,
                            checkpoint,
                            request.getRequestedAt(),
                            now));
            return;
        }
        ClassifyRequest request = Objects.requireNonNull(classify.deserialize(record.topic(), record.value()));
        if (request.getImage().get(0) == 0) {
            refuse(record, request.getRequestId(), now);
            return;
        }
        List<String> labels = request.getLabels() == null ? List.of(request.getLabelSet()) : request.getLabels();
        List<ScoredLabel> scored = labels.stream()
                .map(label -> new ScoredLabel(label, label.equals(labels.get(0)) ? 0.9 : 0.1 / labels.size()))
                .toList();
        send(
                Topics.EVENTS_CLASSIFICATIONS,
                new ClassificationEvent(
                        event,
                        request.getRequestId(),
                        labels.get(0),
                        scored,
                        model,
                        checkpoint,
                        request.getRequestedAt(),
                        now));
    }

    private void refuse(ConsumerRecord<String, byte[]> record, String requestId, Instant now) {
        send(
                Topics.REQUESTS_REJECTED,
                new RejectedRequest(
                        requestId,
                        "image-undecodable",
                        "The picture cannot be decoded: send PNG, JPEG, GIF, BMP or WebP.",
                        record.topic(),
                        record.partition(),
                        record.offset(),
                        now));
    }

    // The callback hears of the failure.
    @SuppressWarnings("FutureReturnValueIgnored")
    private void send(Topics topic, SpecificRecord event) {
        answered.incrementAndGet();
        producer.send(new ProducerRecord<>(topic.topicName(), event), (metadata, failure) -> {
            if (failure != null) {
                throw new IllegalStateException("an answer could not be written", failure);
            }
        });
    }
}
