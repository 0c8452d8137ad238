package dev.capstan.ingest;

import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.TakedownKind;
import io.opentelemetry.api.trace.Span;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * First half of the topology: reads a crawled record, curates it by itself and forwards either a {@link Candidate} under
 * the key of its content, or a refusal. Whatever the bytes are, exactly one record comes out; only an outage of the
 * registry or the machine ends it. Of a crawled record's headers only the trace goes on, as that of this step.
 *
 * <p>One stream thread calls it.
 */
final class ExamineProcessor implements Processor<byte[], byte[], byte[], Examined> {

    static final String UNDECODABLE_RULE = "record-undecodable";
    static final String PAIR_ID_RULE = "pair-id-invalid";

    private final IngestParts parts;
    private final PairRecords records;
    private final Rejection rejection;
    private final HeldoutSplit split;
    private final PairSpans spans;
    private @Nullable ProcessorContext<byte[], Examined> context;

    ExamineProcessor(IngestParts parts) {
        this.parts = parts;
        this.records = parts.newRecords();
        this.rejection = new Rejection(parts.curator().policyVersion());
        this.spans = new PairSpans(parts.tracing());
        this.split = new HeldoutSplit(parts.policy().heldoutFraction());
    }

    @Override
    public void init(ProcessorContext<byte[], Examined> newContext) {
        parts.limits().refreshIfSuspect();
        context = newContext;
    }

    @Override
    public void process(Record<byte[], byte[]> crawled) {
        ProcessorContext<byte[], Examined> open = Objects.requireNonNull(context);
        // Source records always have coordinates; only punctuations have none.
        RecordMetadata coordinates = open.recordMetadata().orElseThrow();
        Origin origin = new Origin(coordinates.topic(), coordinates.partition(), coordinates.offset());
        Span span = spans.begin(crawled.headers(), coordinates);
        try {
            long start = System.nanoTime();
            Record<byte[], Examined> examined = examine(crawled, origin, span);
            parts.metrics().examined(System.nanoTime() - start);
            spans.carry(span, examined.headers());
            open.forward(examined);
        } catch (RuntimeException e) {
            spans.failed(span, e);
            throw e;
        } finally {
            span.end();
        }
    }

    @Override
    public void close() {
        records.close();
    }

    private Record<byte[], Examined> examine(Record<byte[], byte[]> crawled, Origin origin, Span span) {
        CrawledPair pair;
        try {
            pair = records.read(origin.topic(), crawled.value());
        } catch (PoisonRecordException e) {
            Refusal refusal = Refusal.of(UNDECODABLE_RULE, sentence(e));
            return refused(crawled, origin, span, refusal, Rejection.Subject.UNREADABLE);
        }
        Rejection.Subject subject = new Rejection.Subject(pair.getPairId(), pair.getSource(), pair.getCrawledAt());
        if (pair.getPairId().isEmpty() || pair.getPairId().length() > Rejection.MAX_ID_CHARACTERS) {
            return refused(crawled, origin, span, invalidId(pair.getPairId().length()), subject);
        }
        span.setAttribute(TraceAttributes.PAIR_ID, pair.getPairId());
        Optional<TakedownKind> takenDown = parts.takedowns().naming(pair);
        if (takenDown.isPresent()) {
            Refusal refusal = Refusal.of(Takedowns.RULE, Takedowns.sentence(takenDown.get()));
            return refused(crawled, origin, span, refusal, subject);
        }
        Curation curation = parts.curator().curate(pair);
        if (curation.refusal().isPresent()) {
            return refused(crawled, origin, span, curation.refusal().get(), subject);
        }
        CuratedPair curated = curation.pair().orElseThrow();
        Topics destination = split.holdsOut(curated.getContentDigest()) ? Topics.PAIRS_HELDOUT : Topics.PAIRS_CURATED;
        byte[] value = records.write(destination, curated);
        byte[] key = curated.getPairId().getBytes(StandardCharsets.UTF_8);
        Optional<Refusal> tooLarge = parts.limits().refuse(destination, key, value);
        if (tooLarge.isPresent()) {
            return refused(crawled, origin, span, tooLarge.get(), subject);
        }
        Candidate candidate = new Candidate(
                destination,
                origin,
                curated.getPairId(),
                Objects.requireNonNull(Rejection.shortened(curated.getSource(), Rejection.MAX_ID_CHARACTERS)),
                curated.getCrawledAt().toEpochMilli(),
                Digests.ofText(curated.getText()),
                OptionalLong.of(curated.getPerceptualHash()),
                curated.getListedConcepts(),
                Bytes.wrap(value));
        span.setAttribute(TraceAttributes.OUTCOME, IngestTopology.CANDIDATES);
        byte[] content = Digests.ofPair(curated.getContentDigest(), curated.getText());
        return output(crawled, content, candidate);
    }

    static Refusal invalidId(int characters) {
        return Refusal.of(
                PAIR_ID_RULE,
                characters,
                Rejection.MAX_ID_CHARACTERS,
                "The pair's id has " + characters + " characters; it must have 1 to " + Rejection.MAX_ID_CHARACTERS
                        + ".");
    }

    private Record<byte[], Examined> refused(
            Record<byte[], byte[]> crawled, Origin origin, Span span, Refusal refusal, Rejection.Subject subject) {
        parts.metrics().rejected(refusal.rule());
        spans.refused(span, refusal);
        byte[] value = records.write(
                rejection.of(refusal, origin, subject, parts.clock().instant().truncatedTo(ChronoUnit.MILLIS)));
        return output(crawled, origin.key(), new Routed(Topics.PAIRS_REJECTED, Bytes.wrap(value)));
    }

    private static Record<byte[], Examined> output(Record<byte[], byte[]> crawled, byte[] key, Examined value) {
        return new Record<>(key, value, crawled.timestamp(), new RecordHeaders());
    }

    private static String sentence(PoisonRecordException failure) {
        Throwable cause = failure.getCause();
        String reason = cause == null ? "" : ": " + cause.getMessage();
        return failure.getMessage() + reason + ".";
    }
}
