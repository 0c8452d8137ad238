package dev.capstan.local.requests;

import dev.capstan.local.requests.Answer.Answered;
import dev.capstan.local.requests.Answer.Refused;
import dev.capstan.local.requests.Answer.TimedOut;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.ProbeHeaders;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.RejectedRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Asks over the request topics and waits for the committed answers, matched by request id.
 *
 * <p>Any thread may ask. One thread of its own reads the answers and completes the futures, so that what hangs on them must
 * be short. States: open from the constructor on, which returns when no later answer can be missed; closed by
 * {@link #close}, which lets requests in flight time out at once.
 */
public final class RequestClient implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final List<Topics> ANSWERS =
            List.of(Topics.EVENTS_CLASSIFICATIONS, Topics.EVENTS_CAPTIONS, Topics.REQUESTS_REJECTED);

    private final Clock clock;
    private final Duration patience;
    private final Producer<String, SpecificRecord> producer;
    private final Consumer<String, byte[]> consumer;
    private final AvroDeserializer<ClassificationEvent> classifications =
            new AvroDeserializer<>(ClassificationEvent.class);
    private final AvroDeserializer<CaptionEvent> captions = new AvroDeserializer<>(CaptionEvent.class);
    private final AvroDeserializer<RejectedRequest> refusals = new AvroDeserializer<>(RejectedRequest.class);
    private final Map<String, Pending<?>> pending = new ConcurrentHashMap<>();
    private final Thread reader;
    private volatile boolean closed;

    /** @param patience how long to wait for each answer */
    public RequestClient(KafkaSettings settings, Clock clock, Duration patience) {
        this.clock = clock;
        this.patience = patience;
        Map<String, Object> properties = settings.clientProperties();
        classifications.configure(properties, false);
        captions.configure(properties, false);
        refusals.configure(properties, false);
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(properties, false);
        Map<String, Object> producing = new HashMap<>(settings.producerProperties());
        producing.put("max.request.size", Topics.REQUESTS_CLASSIFY.maxMessageBytes());
        producer = new KafkaProducer<>(producing, new StringSerializer(), serializer);
        Map<String, Object> consuming = new HashMap<>(properties);
        consuming.put("isolation.level", "read_committed");
        consuming.put("enable.auto.commit", false);
        consuming.put("fetch.max.wait.ms", 100);
        consumer = new KafkaConsumer<>(consuming, new StringDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = ANSWERS.stream()
                .flatMap(topic -> consumer.partitionsFor(topic.topicName()).stream())
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        reader = new Thread(this::read, "answers");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Asks which of the labels fits an image.
     *
     * @param image the image file
     * @param top how many labels to return
     * @param truth what the right answer is, if that is known
     */
    public CompletableFuture<Answer<ClassificationEvent>> classify(
            byte[] image, Labels labels, int top, Optional<Probe> truth) {
        String id = newId();
        ClassifyRequest request = ClassifyRequest.newBuilder()
                .setRequestId(id)
                .setImage(ByteBuffer.wrap(image))
                .setLabels(labels instanceof Labels.Given given ? given.labels() : null)
                .setLabelSet(labels instanceof Labels.Named named ? named.set() : null)
                .setTop(top)
                .setRequestedAt(now())
                .build();
        return ask(Topics.REQUESTS_CLASSIFY, id, request, truth, ClassificationEvent.class::cast);
    }

    /**
     * Asks for a caption.
     *
     * @param image the image file
     * @param prompt text that the caption continues, or null for the model's own
     * @param beams beams of the search; 1 is greedy
     * @param truth what the right answer is, if that is known
     */
    public CompletableFuture<Answer<CaptionEvent>> caption(
            byte[] image, @Nullable String prompt, int beams, Optional<Probe> truth) {
        String id = newId();
        CaptionRequest request = CaptionRequest.newBuilder()
                .setRequestId(id)
                .setImage(ByteBuffer.wrap(image))
                .setPrompt(prompt)
                .setBeams(beams)
                .setRequestedAt(now())
                .build();
        return ask(Topics.REQUESTS_CAPTION, id, request, truth, CaptionEvent.class::cast);
    }

    /** Requests that have neither an answer nor timed out. */
    public int inFlight() {
        return pending.size();
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pending.values().forEach(Pending::expire);
        producer.close(Duration.ofSeconds(5));
        classifications.close();
        captions.close();
        refusals.close();
    }

    // The callback hears of the failure.
    @SuppressWarnings("FutureReturnValueIgnored")
    private <E> CompletableFuture<Answer<E>> ask(
            Topics topic, String id, SpecificRecord request, Optional<Probe> truth, Function<Object, E> type) {
        Pending<E> waiting = new Pending<>(clock.instant(), type);
        pending.put(id, waiting);
        ProducerRecord<String, SpecificRecord> record = new ProducerRecord<>(topic.topicName(), id, request);
        truth.ifPresent(probe -> record.headers()
                .add(ProbeHeaders.PROBE_EXPECTED, probe.expected().getBytes(StandardCharsets.UTF_8))
                .add(ProbeHeaders.PROBE_SET, probe.set().getBytes(StandardCharsets.UTF_8)));
        producer.send(record, (metadata, failure) -> {
            if (failure != null) {
                pending.remove(id);
                waiting.future.completeExceptionally(failure);
            }
        });
        return waiting.future;
    }

    private void read() {
        try (Consumer<String, byte[]> open = consumer) {
            while (!closed) {
                for (ConsumerRecord<String, byte[]> record : open.poll(POLL)) {
                    take(record);
                }
                expire();
            }
        } catch (WakeupException e) {
            if (!closed) {
                throw e;
            }
        } catch (RuntimeException e) {
            pending.values().forEach(waiting -> waiting.future.completeExceptionally(e));
            throw e;
        }
    }

    private void take(ConsumerRecord<String, byte[]> record) {
        switch (Topics.byName(record.topic())) {
            case EVENTS_CLASSIFICATIONS -> answered(classifications.deserialize(record.topic(), record.value()));
            case EVENTS_CAPTIONS -> answered(captions.deserialize(record.topic(), record.value()));
            case REQUESTS_REJECTED -> refused(refusals.deserialize(record.topic(), record.value()));
            default -> throw new IllegalStateException("a record of " + record.topic());
        }
    }

    private void answered(@Nullable ClassificationEvent event) {
        if (event != null) {
            complete(event.getRequestId(), event);
        }
    }

    private void answered(@Nullable CaptionEvent event) {
        if (event != null) {
            complete(event.getRequestId(), event);
        }
    }

    private void refused(@Nullable RejectedRequest refusal) {
        String id = refusal == null ? null : refusal.getRequestId();
        Pending<?> waiting = id == null ? null : pending.remove(id);
        if (waiting != null && refusal != null) {
            waiting.refuse(refusal.getReason(), refusal.getDetail());
        }
    }

    private void complete(String id, Object event) {
        Pending<?> waiting = pending.remove(id);
        if (waiting != null) {
            waiting.complete(event, clock.instant());
        }
    }

    private void expire() {
        Instant limit = clock.instant().minus(patience);
        pending.forEach((id, waiting) -> {
            if (waiting.askedAt.isBefore(limit) && pending.remove(id, waiting)) {
                waiting.expire();
            }
        });
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static String newId() {
        return UUID.randomUUID().toString();
    }

    /** One request in flight. */
    private final class Pending<E> {
        private final Instant askedAt;
        private final Function<Object, E> type;
        private final CompletableFuture<Answer<E>> future = new CompletableFuture<>();

        Pending(Instant askedAt, Function<Object, E> type) {
            this.askedAt = askedAt;
            this.type = type;
        }

        void complete(Object event, Instant seenAt) {
            future.complete(new Answered<>(type.apply(event), Duration.between(askedAt, seenAt)));
        }

        void refuse(String reason, String detail) {
            future.complete(new Refused<>(reason, detail));
        }

        void expire() {
            future.complete(new TimedOut<>(patience));
        }
    }
}
