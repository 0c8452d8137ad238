package dev.capstan.ingest;

import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.schemas.Topics;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
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
 * whatever their address; the first is admitted, the others are refused for as long as the first is remembered.
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
    private @Nullable ProcessorContext<byte[], Routed> context;
    private @Nullable WindowStore<byte[], byte[]> admitted;

    AdmitProcessor(IngestParts parts) {
        this.parts = parts;
        this.records = parts.newRecords();
        this.rejection = new Rejection(parts.curator().policyVersion());
        this.retentionMillis = parts.policy().duplicateRetention().toMillis();
    }

    @Override
    public void init(ProcessorContext<byte[], Routed> newContext) {
        parts.limits().refreshIfSuspect();
        context = newContext;
        admitted = newContext.getStateStore(STORE);
    }

    @Override
    public void process(Record<byte[], Candidate> incoming) {
        ProcessorContext<byte[], Routed> open = Objects.requireNonNull(context);
        WindowStore<byte[], byte[]> store = Objects.requireNonNull(admitted);
        Candidate candidate = incoming.value();
        byte[] key = candidate.pairId().getBytes(StandardCharsets.UTF_8);
        // The limit may have been lowered since the candidate was examined.
        Optional<Refusal> tooLarge = parts.limits()
                .refuse(candidate.destination(), key, candidate.value().get());
        if (tooLarge.isPresent()) {
            open.forward(refused(incoming, tooLarge.get()));
            return;
        }
        byte[] place = place(candidate.origin());
        Optional<Refusal> duplicate = first(store, incoming, place)
                .map(first -> Refusal.of(RULE, "The same image with the same text stands at " + first + "."));
        if (duplicate.isPresent()) {
            open.forward(refused(incoming, duplicate.get()));
            return;
        }
        store.put(incoming.key(), place, incoming.timestamp());
        parts.metrics().admitted(candidate.destination());
        Routed routed = new Routed(candidate.destination(), candidate.value());
        open.forward(new Record<>(key, routed, incoming.timestamp(), new RecordHeaders()));
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

    private Record<byte[], Routed> refused(Record<byte[], Candidate> incoming, Refusal refusal) {
        parts.metrics().rejected(refusal.rule());
        Candidate candidate = incoming.value();
        Rejection.Subject subject = new Rejection.Subject(
                candidate.pairId(), candidate.source(), Instant.ofEpochMilli(candidate.crawledAtMillis()));
        Instant now = parts.clock().instant().truncatedTo(ChronoUnit.MILLIS);
        byte[] value = records.write(rejection.of(refusal, candidate.origin(), subject, now));
        return new Record<>(
                candidate.origin().key(),
                new Routed(Topics.PAIRS_REJECTED, Bytes.wrap(value)),
                incoming.timestamp(),
                new RecordHeaders());
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
