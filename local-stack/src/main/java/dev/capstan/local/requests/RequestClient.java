package dev.capstan.local.requests;

import dev.capstan.local.requests.Answer.Answered;
import dev.capstan.local.requests.Answer.Refused;
import dev.capstan.local.requests.Answer.TimedOut;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.PoisonRecordException;
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
import java.util.ArrayList;
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
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks over the request topics and waits for the committed answers, matched by request id.
 *
 * <p>Any thread may ask. One thread of its own reads the answers and completes the futures, so that what hangs on them must
 * be short. States: open from the constructor on, which returns when no later answer can be missed; closed by
 * {@link #close}, which lets requests in flight time out at once. An answer that cannot be read is passed over; if reading
 * itself fails, every request in flight and every later one fails with it.
 */
public final class RequestClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RequestClient.class);
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
    private volatile @Nullable RuntimeException failure;

    /**
     * @param patience how long to wait for each answer
     * @throws UnknownTopicOrPartitionException if a topic of answers does not exist
     */
    public RequestClient(KafkaSettings settings, Clock clock, Duration patience) {
        this.clock = clock;
        this.patience = patience;
        Map<String, Object> properties = settings.clientProperties();
        classifications.configure(properties, false);
        captions.configure(properties, false);
        refusals.configure(properties, false);
        Map<String, Object> consuming = new HashMap<>(properties);
        consuming.put("isolation.level", "read_committed");
        consuming.put("enable.auto.commit", false);
        consuming.put("fetch.max.wait.ms", 100);
        consumer = new KafkaConsumer<>(consuming, new StringDeserializer(), new ByteArrayDeserializer());
        try {
            goToTheEnd(consumer);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(properties, false);
        Map<String, Object> producing = new HashMap<>(settings.producerProperties());
        producing.put("max.request.size", Topics.REQUESTS_CLASSIFY.maxMessageBytes());
        producer = new KafkaProducer<>(producing, new StringSerializer(), serializer);
        reader = new Thread(this::read, "answers");
        reader.setDaemon(true);
        reader.start();
    }

    /** Asks which of the labels fits an image, with the templates that a label set has, or none. */
    public CompletableFuture<Answer<ClassificationEvent>> classify(
            byte[] image, Labels labels, int top, Optional<Probe> truth) {
        return classify(image, labels, Optional.empty(), top, truth);
    }

    /**
     * Asks which of the labels fits an image.
     *
     * @param image the image file
     * @param templates texts in which {} stands for a label; empty for those of the label set, or none
     * @param top how many labels to return
     * @param truth what the right answer is, if that is known
     */
    public CompletableFuture<Answer<ClassificationEvent>> classify(
            byte[] image, Labels labels, Optional<List<String>> templates, int top, Optional<Probe> truth) {
        String id = newId();
        ClassifyRequest request = ClassifyRequest.newBuilder()
                .setRequestId(id)
                .setImage(ByteBuffer.wrap(image))
                .setLabels(labels instanceof Labels.Given given ? given.labels() : null)
                .setLabelSet(labels instanceof Labels.Named named ? named.set() : null)
                .setTemplates(templates.orElse(null))
                .setTop(top)
                .setRequestedAt(now())
                .build();
        return ask(Topics.REQUESTS_CLASSIFY, id, request, truth, ClassificationEvent.class::cast);
    }

    /**
     * Asks for a caption.
     *
     * @param image the image file
     * @param search how to look for the caption
     * @param truth what the right answer is, if that is known
     */
    public CompletableFuture<Answer<CaptionEvent>> caption(byte[] image, CaptionSearch search, Optional<Probe> truth) {
        String id = newId();
        CaptionRequest request = CaptionRequest.newBuilder()
                .setRequestId(id)
                .setImage(ByteBuffer.wrap(image))
                .setPrompt(search.prompt())
                .setMaxTokens(search.maxTokens())
                .setBeams(search.beams())
                .setRanking(search.ranking())
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
        try {
            producer.send(record, (metadata, notSent) -> {
                if (notSent != null) {
                    fail(id, waiting, notSent);
                }
            });
        } catch (RuntimeException notSent) {
            fail(id, waiting, notSent);
        }
        RuntimeException broken = failure;
        if (broken != null) {
            fail(id, waiting, broken);
        }
        return waiting.future;
    }

    private static void goToTheEnd(Consumer<String, byte[]> consumer) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (Topics topic : ANSWERS) {
            List<PartitionInfo> found = consumer.partitionsFor(topic.topicName());
            if (found.isEmpty()) {
                throw new UnknownTopicOrPartitionException("topic " + topic.topicName()
                        + " does not exist: create what is missing with ./capstan provision");
            }
            found.forEach(partition -> partitions.add(new TopicPartition(partition.topic(), partition.partition())));
        }
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
    }

    private void fail(String id, Pending<?> waiting, Exception cause) {
        pending.remove(id);
        waiting.future.completeExceptionally(cause);
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
            // First the failure, then those in flight: a request that is asked now sees the one or is among the others.
            failure = e;
            pending.forEach((id, waiting) -> fail(id, waiting, e));
            throw e;
        }
    }

    private void take(ConsumerRecord<String, byte[]> record) {
        try {
            match(record);
        } catch (PoisonRecordException e) {
            LOG.warn(
                    "answer unreadable topic={} partition={} offset={} reason={}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    e.getMessage());
        }
    }

    private void match(ConsumerRecord<String, byte[]> record) {
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
