package dev.capstan.inference.score;

import dev.capstan.checkpoints.Lease;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.DecodeResult;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.ScoreHeaders;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.RejectedPair;
import io.opentelemetry.api.trace.Span;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scores one pair under the model that is live in this moment, and sends it on to training or refuses it. Whatever cannot
 * be scored goes on: no model is live yet, the record names no threshold, the model fails on it. Exactly one record comes
 * out of each.
 *
 * <p>One stream thread calls it, the only one that asks the model.
 */
final class ScoreProcessor implements Processor<byte[], byte[], byte[], ScoreProcessor.Sent> {
    static final String RULE = "clip-score-low";
    static final String UNDECODABLE_RULE = "record-undecodable";
    private static final String UNKNOWN_POLICY = "unknown";
    private static final Logger LOG = LoggerFactory.getLogger(ScoreProcessor.class);

    /** A value in wire format and where it goes. */
    record Sent(Topics destination, Bytes value) {}

    private record Scored(double score, long checkpoint) {}

    private final Supplier<Optional<Lease<ScoringModel>>> models;
    private final String modelName;
    private final BoundedImageDecoder decoder;
    private final ScoreMetrics metrics;
    private final Clock clock;
    private final Tracing tracing;
    private final AvroDeserializer<CuratedPair> pairs = new AvroDeserializer<>(CuratedPair.class);
    private final AvroSerializer<RejectedPair> refusals = new AvroSerializer<>();
    private @Nullable ProcessorContext<byte[], Sent> context;

    ScoreProcessor(
            Supplier<Optional<Lease<ScoringModel>>> models,
            String modelName,
            BoundedImageDecoder decoder,
            ScoreMetrics metrics,
            Clock clock,
            Tracing tracing,
            Map<String, Object> clientProperties) {
        this.models = models;
        this.modelName = modelName;
        this.decoder = decoder;
        this.metrics = metrics;
        this.clock = clock;
        this.tracing = tracing;
        pairs.configure(clientProperties, false);
        refusals.configure(clientProperties, false);
    }

    @Override
    public void init(ProcessorContext<byte[], Sent> newContext) {
        context = newContext;
    }

    @Override
    public void process(Record<byte[], byte[]> incoming) {
        ProcessorContext<byte[], Sent> open = Objects.requireNonNull(context);
        RecordMetadata coordinates = open.recordMetadata().orElseThrow();
        Span span = begin(incoming, coordinates);
        try {
            Record<byte[], Sent> judged = judge(incoming, coordinates, span);
            tracing.write(span.getSpanContext(), judged.headers());
            open.forward(judged);
        } catch (RuntimeException e) {
            Tracing.failed(span, e);
            throw e;
        } finally {
            span.end();
        }
    }

    private Span begin(Record<byte[], byte[]> incoming, RecordMetadata place) {
        return tracing.isOn()
                ? tracing.processing(tracing.read(incoming.headers()), place.topic(), place.partition(), place.offset())
                        .startSpan()
                : Span.getInvalid();
    }

    private Record<byte[], Sent> judge(Record<byte[], byte[]> incoming, RecordMetadata coordinates, Span span) {
        ScoreHeaders headers = ScoreHeaders.read(incoming.headers())
                .orElseGet(() -> new ScoreHeaders(
                        coordinates.topic(), coordinates.partition(), coordinates.offset(), OptionalDouble.empty()));
        CuratedPair pair;
        try {
            pair = Objects.requireNonNull(pairs.deserialize(coordinates.topic(), valueOf(incoming, coordinates)));
        } catch (PoisonRecordException e) {
            span.setAttribute(TraceAttributes.RULE, UNDECODABLE_RULE);
            return refused(incoming, headers, null, UNDECODABLE_RULE, null, e.getMessage() + ".");
        }
        span.setAttribute(TraceAttributes.PAIR_ID, pair.getPairId());
        Optional<Scored> scored = score(pair, headers);
        scored.ifPresent(seen -> span.setAttribute(TraceAttributes.SCORE, seen.score())
                .setAttribute(TraceAttributes.CHECKPOINT, seen.checkpoint()));
        double threshold = headers.minimum().orElse(-1);
        if (scored.isPresent() && scored.get().score() < threshold) {
            String detail = String.format(
                    Locale.ROOT,
                    "Checkpoint %d of %s sees a cosine of %.4f between picture and text; at least %.4f is wanted.",
                    scored.get().checkpoint(),
                    modelName,
                    scored.get().score(),
                    threshold);
            span.setAttribute(TraceAttributes.RULE, RULE);
            return refused(incoming, headers, pair, RULE, scored.get().score(), detail);
        }
        metrics.curated(pair.getCrawledAt(), clock.instant());
        Sent sent = new Sent(Topics.PAIRS_CURATED, Bytes.wrap(incoming.value()));
        return new Record<>(incoming.key(), sent, incoming.timestamp(), new RecordHeaders());
    }

    @Override
    public void close() {
        pairs.close();
        refusals.close();
    }

    private static byte[] valueOf(Record<byte[], byte[]> incoming, RecordMetadata coordinates) {
        byte[] value = incoming.value();
        if (value == null) {
            throw new PoisonRecordException("A record of " + coordinates.topic() + " has no value", null);
        }
        return value;
    }

    private Optional<Scored> score(CuratedPair pair, ScoreHeaders headers) {
        if (headers.minimum().isEmpty()) {
            metrics.passed("no-threshold");
            return Optional.empty();
        }
        Optional<Lease<ScoringModel>> leased = models.get();
        if (leased.isEmpty()) {
            metrics.passed("no-model");
            return Optional.empty();
        }
        try (Lease<ScoringModel> lease = leased.get()) {
            DecodeResult picture = decoder.decode(pair.getImage());
            if (picture.decoded().isEmpty()) {
                metrics.passed("image");
                return Optional.empty();
            }
            long start = System.nanoTime();
            double score = lease.model().similarity(picture.decoded().get().image(), pair.getText());
            metrics.scored(System.nanoTime() - start);
            if (!Double.isFinite(score)) {
                throw new ArithmeticException("the score is " + score);
            }
            return Optional.of(new Scored(score, lease.version()));
        } catch (RuntimeException e) {
            // What a model does to one pair must not hold up the others; the metric says how often it happens.
            LOG.warn(
                    "model failed topic={} partition={} offset={}",
                    headers.topic(),
                    headers.partition(),
                    headers.offset(),
                    e);
            metrics.passed("model-failed");
            return Optional.empty();
        }
    }

    private Record<byte[], Sent> refused(
            Record<byte[], byte[]> incoming,
            ScoreHeaders headers,
            @Nullable CuratedPair pair,
            String rule,
            @Nullable Double score,
            String detail) {
        metrics.refused(rule);
        RejectedPair refusal = RejectedPair.newBuilder()
                .setPairId(pair == null ? null : pair.getPairId())
                .setRule(rule)
                .setScore(score)
                .setThreshold(score == null ? null : headers.minimum().orElseThrow())
                .setDetail(detail)
                .setPolicyVersion(pair == null ? UNKNOWN_POLICY : pair.getPolicyVersion())
                .setTopic(headers.topic())
                .setPartition(headers.partition())
                .setOffset(headers.offset())
                .setSource(pair == null ? null : shortened(pair.getSource()))
                .setCrawledAt(pair == null ? null : pair.getCrawledAt())
                .setRejectedAt(clock.instant().truncatedTo(ChronoUnit.MILLIS))
                .build();
        byte[] value = Objects.requireNonNull(refusals.serialize(Topics.PAIRS_REJECTED.topicName(), refusal));
        byte[] key =
                (headers.topic() + "-" + headers.partition() + "-" + headers.offset()).getBytes(StandardCharsets.UTF_8);
        return new Record<>(
                key, new Sent(Topics.PAIRS_REJECTED, Bytes.wrap(value)), incoming.timestamp(), new RecordHeaders());
    }

    private static String shortened(String source) {
        return source.length() <= 256 ? source : source.substring(0, 256);
    }
}
