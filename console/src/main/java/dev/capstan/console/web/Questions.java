package dev.capstan.console.web;

import dev.capstan.console.live.AnswerListener;
import dev.capstan.console.web.Outcomes.Answers;
import dev.capstan.console.web.Outcomes.Captioned;
import dev.capstan.console.web.Outcomes.Label;
import dev.capstan.console.web.Outcomes.Labelled;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.RejectedRequest;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Puts pictures to the live model through the request topics, and matches the committed answers by the request's id. Any
 * thread asks; the topics' follower brings the answers. Never more questions in flight than {@code limit}.
 */
final class Questions implements AnswerListener, AutoCloseable {
    private static final int TOP = 5;
    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final Duration patience;
    private final Clock clock;
    private final Tracing tracing;
    private final Semaphore permits;
    private final Producer<String, SpecificRecord> producer;
    private final Map<String, CompletableFuture<Object>> open = new ConcurrentHashMap<>();

    /**
     * What to choose among.
     *
     * @param labels labels, empty to use the set
     * @param set name of a label set, or null
     */
    record Choice(List<String> labels, @Nullable String set) {
        Choice {
            labels = List.copyOf(labels);
            if (labels.isEmpty() == (set == null)) {
                throw new IllegalArgumentException("give labels or the name of a label set, one of the two");
            }
        }
    }

    Questions(KafkaSettings settings, int limit, Duration patience, Clock clock, Tracing tracing) {
        this.tracing = tracing;
        this.patience = patience;
        this.clock = clock;
        permits = new Semaphore(limit);
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(settings.clientProperties(), false);
        Map<String, Object> properties = new HashMap<>(settings.producerProperties());
        properties.put("max.request.size", Topics.REQUESTS_CLASSIFY.maxMessageBytes());
        properties.put("buffer.memory", 16 * 1024 * 1024);
        properties.put("max.block.ms", 10_000);
        properties.put("delivery.timeout.ms", 20_000);
        properties.put("request.timeout.ms", 10_000);
        producer = new KafkaProducer<>(properties, new StringSerializer(), serializer);
    }

    /**
     * Asks for labels and a caption at once.
     *
     * @return both answers, or empty if too many questions are in flight; completes within the patience
     */
    Optional<CompletableFuture<Answers>> ask(byte[] picture, Choice choice) {
        if (!permits.tryAcquire()) {
            return Optional.empty();
        }
        CompletableFuture<Labelled> labels = classify(picture, choice);
        CompletableFuture<Captioned> caption = caption(picture);
        CompletableFuture<Answers> both = labels.thenCombine(caption, Answers::new);
        return Optional.of(both.whenComplete((answers, failure) -> permits.release()));
    }

    @Override
    public void answered(ClassificationEvent event) {
        complete(event.getRequestId(), event);
    }

    @Override
    public void answered(CaptionEvent event) {
        complete(event.getRequestId(), event);
    }

    @Override
    public void refused(RejectedRequest refusal) {
        String id = refusal.getRequestId();
        if (id != null) {
            complete(id, refusal);
        }
    }

    @Override
    public void close() {
        open.values().forEach(waiting -> waiting.complete("The console is being stopped: ask again later."));
        producer.close(CLOSE);
    }

    private CompletableFuture<Labelled> classify(byte[] picture, Choice choice) {
        String id = UUID.randomUUID().toString();
        ClassifyRequest request = ClassifyRequest.newBuilder()
                .setRequestId(id)
                .setImage(ByteBuffer.wrap(picture))
                .setLabels(choice.labels().isEmpty() ? null : choice.labels())
                .setLabelSet(choice.set())
                .setTop(TOP)
                .setRequestedAt(clock.instant().truncatedTo(ChronoUnit.MILLIS))
                .build();
        return send(Topics.REQUESTS_CLASSIFY, id, request).thenApply(answer -> {
            if (answer instanceof ClassificationEvent event) {
                List<Label> labels = event.getAlternatives().stream()
                        .map(one -> new Label(one.getLabel(), one.getProbability()))
                        .toList();
                long millis = Duration.between(event.getRequestedAt(), event.getAnsweredAt())
                        .toMillis();
                return new Labelled(labels, event.getCheckpoint(), millis, null);
            }
            return new Labelled(List.of(), null, null, problem(answer));
        });
    }

    private CompletableFuture<Captioned> caption(byte[] picture) {
        String id = UUID.randomUUID().toString();
        CaptionRequest request = CaptionRequest.newBuilder()
                .setRequestId(id)
                .setImage(ByteBuffer.wrap(picture))
                .setRequestedAt(clock.instant().truncatedTo(ChronoUnit.MILLIS))
                .build();
        return send(Topics.REQUESTS_CAPTION, id, request).thenApply(answer -> {
            if (answer instanceof CaptionEvent event) {
                long millis = Duration.between(event.getRequestedAt(), event.getAnsweredAt())
                        .toMillis();
                return new Captioned(event.getCaption(), event.getGrounding(), event.getCheckpoint(), millis, null);
            }
            return new Captioned(null, null, null, null, problem(answer));
        });
    }

    /** Completes with an event, a refusal, or a text that says why there is no answer. */
    // The callback hears of the failure.
    @SuppressWarnings("FutureReturnValueIgnored")
    private CompletableFuture<Object> send(Topics topic, String id, SpecificRecord request) {
        CompletableFuture<Object> answer = new CompletableFuture<Object>()
                .completeOnTimeout(
                        "No answer within " + patience.toSeconds()
                                + " s. Is inference running, and is a version served?",
                        patience.toMillis(),
                        TimeUnit.MILLISECONDS);
        ProducerRecord<String, SpecificRecord> record = new ProducerRecord<>(topic.topicName(), id, request);
        Span span = tracing.sending(Context.root(), topic.topicName())
                .setAttribute(TraceAttributes.REQUEST_ID, id)
                .startSpan();
        tracing.write(span.getSpanContext(), record.headers());
        open.put(id, answer);
        answer.whenComplete((any, failure) -> open.remove(id));
        try {
            producer.send(record, (metadata, failure) -> {
                if (failure != null) {
                    Tracing.failed(span, failure);
                    answer.complete(
                            "The question could not be written to " + topic.topicName() + ": " + failure.getMessage());
                }
                span.end();
            });
        } catch (KafkaException e) {
            Tracing.failed(span, e);
            span.end();
            answer.complete("The question could not be written to " + topic.topicName() + ": " + e.getMessage());
        }
        return answer;
    }

    private void complete(String id, Object answer) {
        CompletableFuture<Object> waiting = open.get(id);
        if (waiting != null) {
            waiting.complete(answer);
        }
    }

    private static String problem(Object answer) {
        return answer instanceof RejectedRequest refusal ? refusal.getDetail() : String.valueOf(answer);
    }
}
