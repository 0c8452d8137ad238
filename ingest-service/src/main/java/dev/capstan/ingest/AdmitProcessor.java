package dev.capstan.ingest;

import dev.capstan.ingest.balance.ConceptBalance;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.schemas.ScoreHeaders;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.PairHash;
import io.opentelemetry.api.trace.Span;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;
import org.jspecify.annotations.Nullable;

/**
 * Second half of the topology: candidates arrive by the key of their content, so that all copies of a pair meet here
 * whatever their address; the first is admitted, the others are refused for as long as the first is remembered. Pictures that look like one that was admitted are refused too,
 * if the policy says so. What is left is balanced between the concepts of the policy's list.
 *
 * <p>One stream thread calls it.
 */
final class AdmitProcessor implements Processor<byte[], Candidate, byte[], Routed> {

    static final String RULE = "exact-duplicate";
    static final String STORE = "admitted";

    private final IngestParts parts;
    private final PairRecords records;
    private final Rejection rejection;
    private final long retentionMillis;
    private final PairSpans spans;
    private @Nullable ProcessorContext<byte[], Routed> context;
    private @Nullable WindowStore<byte[], byte[]> admitted;
    private final ConceptBalance balance;
    private @Nullable StoredCounts counts;
    private @Nullable TextCounts texts;

    AdmitProcessor(IngestParts parts) {
        this.parts = parts;
        this.records = parts.newRecords();
        this.rejection = new Rejection(parts.curator().policyVersion());
        this.spans = new PairSpans(parts.tracing());
        CurationPolicy.Balance wanted = parts.policy().balance();
        this.balance = new ConceptBalance(wanted.target(), wanted.window(), parts.partitions());
        this.retentionMillis = parts.policy().duplicateRetention().toMillis();
    }

    @Override
    public void init(ProcessorContext<byte[], Routed> newContext) {
        parts.limits().refreshIfSuspect();
        context = newContext;
        admitted = newContext.getStateStore(STORE);
        CurationPolicy.Boilerplate boilerplate = parts.policy().boilerplate();
        if (!boilerplate.isOff()) {
            texts = new TextCounts(newContext.getStateStore(TextCounts.STORE), boilerplate, parts.partitions());
        }
        parts.policy()
                .balance()
                .concepts()
                .ifPresent(list -> counts = new StoredCounts(newContext.getStateStore(StoredCounts.STORE), list));
    }

    @Override
    public void process(Record<byte[], Candidate> incoming) {
        ProcessorContext<byte[], Routed> open = Objects.requireNonNull(context);
        // Records of the topic between the halves always have coordinates.
        Span span = spans.begin(incoming.headers(), open.recordMetadata().orElseThrow());
        try {
            span.setAttribute(TraceAttributes.PAIR_ID, incoming.value().pairId());
            process(open, incoming, span);
        } catch (RuntimeException e) {
            spans.failed(span, e);
            throw e;
        } finally {
            span.end();
        }
    }

    private void process(ProcessorContext<byte[], Routed> open, Record<byte[], Candidate> incoming, Span span) {
        WindowStore<byte[], byte[]> store = Objects.requireNonNull(admitted);
        Candidate candidate = incoming.value();
        byte[] key = candidate.pairId().getBytes(StandardCharsets.UTF_8);
        // The limit may have been lowered since the candidate was examined.
        Optional<Refusal> tooLarge = parts.limits()
                .refuse(candidate.destination(), key, candidate.value().get());
        if (tooLarge.isPresent()) {
            open.forward(refused(incoming, span, tooLarge.get()));
            return;
        }
        byte[] place = place(candidate.origin());
        Optional<Refusal> duplicate = first(store, incoming, place).map(AdmitProcessor::duplicateOf);
        if (duplicate.isPresent()) {
            open.forward(refused(incoming, span, duplicate.get()));
            return;
        }
        Optional<Refusal> nearDuplicate = nearDuplicate(candidate, incoming.timestamp());
        if (nearDuplicate.isPresent()) {
            open.forward(refused(incoming, span, nearDuplicate.get()));
            return;
        }
        // Also if it is left out below: a copy under another id would get another coin.
        store.put(incoming.key(), place, incoming.timestamp());
        Optional<Refusal> abundant =
                boilerplate(candidate, incoming.timestamp()).or(() -> balance(candidate, incoming.timestamp()));
        if (abundant.isPresent()) {
            open.forward(refused(incoming, span, abundant.get()));
            return;
        }
        open.forward(admitted(incoming, key, span));
        rememberLooks(open, incoming, key);
    }

    @Override
    public void close() {
        records.close();
    }

    /** Where the pair was admitted before, by another record than this. */
    private Optional<Origin> first(
            WindowStore<byte[], byte[]> store, Record<byte[], Candidate> incoming, byte[] place) {
        Instant time = Instant.ofEpochMilli(incoming.timestamp());
        // Both ways: records of different partitions do not arrive in the order of their times.
        Instant from = time.minusMillis(Math.min(retentionMillis, incoming.timestamp()));
        try (WindowStoreIterator<byte[]> places = store.fetch(incoming.key(), from, time.plusMillis(retentionMillis))) {
            while (places.hasNext()) {
                KeyValue<Long, byte[]> earlier = places.next();
                // A record is never its own duplicate, should it be processed again over a state that remembers it.
                if (!ByteBuffer.wrap(earlier.value).equals(ByteBuffer.wrap(place))) {
                    return Optional.of(origin(incoming.value().origin().topic(), earlier.value));
                }
            }
        }
        return Optional.empty();
    }

    static Refusal duplicateOf(Origin first) {
        return Refusal.of(RULE, "The same image with the same text stands at " + first + ".");
    }

    /**
     * What is to be trained on goes by way of the scorer, if the policy wants a score. What is held out does not: a model's
     * own filter would flatter it.
     */
    private Record<byte[], Routed> admitted(Record<byte[], Candidate> incoming, byte[] key, Span span) {
        Candidate candidate = incoming.value();
        double minClipScore = parts.policy().minClipScore();
        boolean scored = minClipScore > 0 && candidate.destination() == Topics.PAIRS_CURATED;
        Topics destination = scored ? Topics.PAIRS_UNSCORED : candidate.destination();
        RecordHeaders headers = new RecordHeaders();
        if (scored) {
            Origin origin = candidate.origin();
            new ScoreHeaders(origin.topic(), origin.partition(), origin.offset(), OptionalDouble.of(minClipScore))
                    .write(headers);
        }
        parts.metrics()
                .admitted(
                        destination,
                        Instant.ofEpochMilli(candidate.crawledAtMillis()),
                        parts.clock().instant());
        spans.wentTo(span, destination);
        spans.carry(span, headers);
        return new Record<>(key, new Routed(destination, candidate.value()), incoming.timestamp(), headers);
    }

    private Optional<Refusal> nearDuplicate(Candidate candidate, long timestamp) {
        Optional<NearDuplicates> memory = parts.nearDuplicates();
        OptionalLong hash = candidate.perceptualHash();
        return memory.isEmpty() || hash.isEmpty()
                ? Optional.empty()
                : memory.get().judge(hash.getAsLong(), timestamp, candidate.origin());
    }

    /** In the same transaction as the pair, so that all instances learn of it if and only if it is there. */
    private void rememberLooks(ProcessorContext<byte[], Routed> open, Record<byte[], Candidate> incoming, byte[] key) {
        Candidate candidate = incoming.value();
        OptionalLong hash = candidate.perceptualHash();
        if (parts.nearDuplicates().isEmpty() || hash.isEmpty()) {
            return;
        }
        PairHash looks = PairHash.newBuilder()
                .setPairId(candidate.pairId())
                .setPerceptualHash(hash.getAsLong())
                .setPartition(candidate.origin().partition())
                .setOffset(candidate.origin().offset())
                .setCrawledAt(Instant.ofEpochMilli(candidate.crawledAtMillis()))
                .build();
        parts.nearDuplicates().get().admitted(looks, incoming.timestamp());
        Routed routed = new Routed(Topics.PAIRS_HASHES, Bytes.wrap(records.write(looks)));
        open.forward(new Record<>(key, routed, incoming.timestamp(), new RecordHeaders()));
    }

    private Optional<Refusal> boilerplate(Candidate candidate, long timestamp) {
        TextCounts counted = texts;
        return counted == null ? Optional.empty() : counted.judge(candidate.textKey(), timestamp);
    }

    private Optional<Refusal> balance(Candidate candidate, long timestamp) {
        StoredCounts stored = counts;
        if (stored == null) {
            return Optional.empty();
        }
        return balance.judge(candidate.pairId(), candidate.listedConcepts(), timestamp, stored);
    }

    private Record<byte[], Routed> refused(Record<byte[], Candidate> incoming, Span span, Refusal refusal) {
        parts.metrics().rejected(refusal.rule());
        spans.refused(span, refusal);
        RecordHeaders headers = new RecordHeaders();
        spans.carry(span, headers);
        Candidate candidate = incoming.value();
        Rejection.Subject subject = new Rejection.Subject(
                candidate.pairId(),
                candidate.source(),
                Instant.ofEpochMilli(candidate.crawledAtMillis()),
                refusal.rule().equals(ConceptBalance.RULE) ? candidate.listedConcepts() : List.of());
        Instant now = parts.clock().instant().truncatedTo(ChronoUnit.MILLIS);
        byte[] value = records.write(rejection.of(refusal, candidate.origin(), subject, now));
        return new Record<>(
                candidate.origin().key(),
                new Routed(Topics.PAIRS_REJECTED, Bytes.wrap(value)),
                incoming.timestamp(),
                headers);
    }

    private static Origin origin(String topic, byte[] place) {
        ByteBuffer coordinates = ByteBuffer.wrap(place);
        return new Origin(topic, coordinates.getInt(), coordinates.getLong());
    }

    private static byte[] place(Origin origin) {
        return ByteBuffer.allocate(Integer.BYTES + Long.BYTES)
                .putInt(origin.partition())
                .putLong(origin.offset())
                .array();
    }
}
