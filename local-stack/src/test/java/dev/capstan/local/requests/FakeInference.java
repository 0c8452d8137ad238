package dev.capstan.local.requests;

import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.RejectedRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Answers requests as a test tells it to, each reply in a transaction of its own. Reads and writes on one thread, from the
 * constructor's end to {@link #close}; the replies are called on that thread.
 */
public final class FakeInference implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(50);
    private static final List<Topics> REQUESTS = List.of(Topics.REQUESTS_CLASSIFY, Topics.REQUESTS_CAPTION);

    private final Function<SpecificRecord, List<Reply>> replies;
    private final KafkaConsumer<String, byte[]> consumer;
    private final KafkaProducer<String, byte[]> producer;
    private final AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
    private final AvroDeserializer<ClassifyRequest> classify = new AvroDeserializer<>(ClassifyRequest.class);
    private final AvroDeserializer<CaptionRequest> caption = new AvroDeserializer<>(CaptionRequest.class);
    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile boolean closed;

    /** A request as it arrived. */
    public record Seen(String key, SpecificRecord request, Headers headers) {}

    /** An event to write, and whether its transaction is committed. */
    public record Reply(SpecificRecord event, boolean committed) {
        public static Reply committed(SpecificRecord event) {
            return new Reply(event, true);
        }

        public static Reply aborted(SpecificRecord event) {
            return new Reply(event, false);
        }
    }

    /** @param replies what to write for a request, in order */
    public FakeInference(
            Map<String, Object> clientProperties, String name, Function<SpecificRecord, List<Reply>> replies) {
        this.replies = replies;
        serializer.configure(clientProperties, false);
        classify.configure(clientProperties, false);
        caption.configure(clientProperties, false);
        consumer = new KafkaConsumer<>(clientProperties, new StringDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = REQUESTS.stream()
                .flatMap(topic -> consumer.partitionsFor(topic.topicName()).stream())
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        Map<String, Object> producing = new HashMap<>(clientProperties);
        producing.put("transactional.id", name);
        producer = new KafkaProducer<>(producing, new StringSerializer(), new ByteArraySerializer());
        producer.initTransactions();
        thread = new Thread(this::serve, name);
        thread.start();
    }

    /** The requests so far, in order. */
    public List<Seen> seen() {
        return List.copyOf(seen);
    }

    /** Writes bytes that are no Avro record where answers go. */
    public static void poison(Map<String, Object> clientProperties, Topics topic)
            throws ExecutionException, InterruptedException {
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(clientProperties, new StringSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic.topicName(), "poison", new byte[] {7, 7}))
                    .get();
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        serializer.close();
        classify.close();
        caption.close();
    }

    private void serve() {
        try (consumer;
                producer) {
            while (!closed) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    SpecificRecord request = request(record);
                    seen.add(new Seen(record.key(), request, record.headers()));
                    replies.apply(request).forEach(this::write);
                }
            }
        }
    }

    private SpecificRecord request(ConsumerRecord<String, byte[]> record) {
        SpecificRecord request = record.topic().equals(Topics.REQUESTS_CLASSIFY.topicName())
                ? classify.deserialize(record.topic(), record.value())
                : caption.deserialize(record.topic(), record.value());
        if (request == null) {
            throw new IllegalStateException("a request without a value at offset " + record.offset());
        }
        return request;
    }

    private void write(Reply reply) {
        Topics topic = topic(reply.event());
        byte[] bytes = serializer.serialize(topic.topicName(), reply.event());
        producer.beginTransaction();
        try {
            producer.send(new ProducerRecord<>(topic.topicName(), "answer", bytes))
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        if (reply.committed()) {
            producer.commitTransaction();
        } else {
            producer.abortTransaction();
        }
    }

    private static Topics topic(SpecificRecord event) {
        if (event instanceof ClassificationEvent) {
            return Topics.EVENTS_CLASSIFICATIONS;
        }
        if (event instanceof CaptionEvent) {
            return Topics.EVENTS_CAPTIONS;
        }
        if (event instanceof RejectedRequest) {
            return Topics.REQUESTS_REJECTED;
        }
        throw new IllegalArgumentException("no answer: " + event);
    }
}
