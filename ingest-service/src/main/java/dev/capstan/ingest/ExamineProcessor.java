package dev.capstan.ingest;

import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
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
 * registry or the machine ends it. Headers of crawled records are not passed on.
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
    private @Nullable ProcessorContext<byte[], Examined> context;

    ExamineProcessor(IngestParts parts) {
        this.parts = parts;
        this.records = parts.newRecords();
        this.rejection = new Rejection(parts.curator().policyVersion());
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
        long start = System.nanoTime();
        Record<byte[], Examined> examined = examine(crawled, origin);
        parts.metrics().examined(System.nanoTime() - start);
        open.forward(examined);
    }

    @Override
    public void close() {
        records.close();
    }

    private Record<byte[], Examined> examine(Record<byte[], byte[]> crawled, Origin origin) {
        CrawledPair pair;
        try {
            pair = records.read(origin.topic(), crawled.value());
        } catch (PoisonRecordException e) {
            Refusal refusal = Refusal.of(UNDECODABLE_RULE, sentence(e));
            return refused(crawled, origin, refusal, Rejection.Subject.UNREADABLE);
        }
        Rejection.Subject subject = new Rejection.Subject(pair.getPairId(), pair.getSource(), pair.getCrawledAt());
        if (pair.getPairId().isEmpty() || pair.getPairId().length() > Rejection.MAX_ID_CHARACTERS) {
            int length = pair.getPairId().length();
            String detail = "The pair's id has " + length + " characters; it must have 1 to "
                    + Rejection.MAX_ID_CHARACTERS + ".";
            return refused(
                    crawled, origin, Refusal.of(PAIR_ID_RULE, length, Rejection.MAX_ID_CHARACTERS, detail), subject);
        }
        Curation curation = parts.curator().curate(pair);
        if (curation.refusal().isPresent()) {
            return refused(crawled, origin, curation.refusal().get(), subject);
        }
        CuratedPair curated = curation.pair().orElseThrow();
        Topics destination = split.holdsOut(curated.getContentDigest()) ? Topics.PAIRS_HELDOUT : Topics.PAIRS_CURATED;
        byte[] value = records.write(destination, curated);
        byte[] key = curated.getPairId().getBytes(StandardCharsets.UTF_8);
        Optional<Refusal> tooLarge = parts.limits().refuse(destination, key, value);
        if (tooLarge.isPresent()) {
            return refused(crawled, origin, tooLarge.get(), subject);
        }
        Candidate candidate = new Candidate(
                destination,
                origin,
                curated.getPairId(),
                Objects.requireNonNull(Rejection.shortened(curated.getSource(), Rejection.MAX_ID_CHARACTERS)),
                curated.getCrawledAt().toEpochMilli(),
                Bytes.wrap(value));
        byte[] content = Digests.ofPair(curated.getContentDigest(), curated.getText());
        return output(crawled, content, candidate);
    }

    private Record<byte[], Examined> refused(
            Record<byte[], byte[]> crawled, Origin origin, Refusal refusal, Rejection.Subject subject) {
        parts.metrics().rejected(refusal.rule());
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
