package dev.capstan.ingest.fetch;

import dev.capstan.ingest.fetch.OutcomeRecords.Output;
import dev.capstan.ingest.fetch.offsets.PartitionProgress;
import dev.capstan.ingest.fetch.web.BufferBudget;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.RegistryUnavailableException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.LocatedPair;
import dev.capstan.schemas.records.PostponedPair;
import dev.capstan.schemas.records.RejectedPair;
import io.opentelemetry.api.trace.SpanContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads located and postponed pairs, hands them to the {@link Dispatcher}, and writes what became of them together with
 * what is {@linkplain PartitionProgress done} of each partition, in transactions that begin when the results are there: none
 * waits for a host.
 *
 * <p>One thread runs {@link #run} and owns the clients; {@link #finished} may be called from any. Whatever fails in a
 * transaction, the loop throws the producer away and begins again at the committed offsets: the next producer settles what the
 * last one left open, and the commits say which results are there.
 */
final class FetchLoop implements Runnable, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FetchLoop.class);
    private static final Duration BUSY_POLL = Duration.ofMillis(10);
    private static final Duration IDLE_POLL = Duration.ofMillis(100);
    private static final Duration CLOSE = Duration.ofSeconds(5);
    private static final long REGISTRY_PAUSE_NANOS = Duration.ofMillis(500).toNanos();
    private static final int MAX_FAILURES = 10;
    /** Kafka's own upper bound of what a batch and a record add to key and value. */
    private static final int OVERHEAD_BYTES = 61 + 21;

    /** A partition that is ours. */
    private static final class Assigned {
        final TopicPartition partition;
        final PartitionProgress progress;
        final ArrayDeque<ConsumerRecord<String, byte[]>> backlog = new ArrayDeque<>();
        long polledTo;
        OffsetAndMetadata committed;

        Assigned(TopicPartition partition, OffsetAndMetadata committed, int window) {
            this.partition = partition;
            this.committed = committed;
            this.progress = new PartitionProgress(committed, window);
            this.polledTo = committed.offset();
        }
    }

    /** A result that waits for its transaction. */
    private record Result(Claim claim, @Nullable Finished finished, Output output, int bodyBytes, SpanContext trace) {}

    private final FetchConfig config;
    private final FetchClients clients;
    private final Tasks tasks;
    private final OutcomeRecords outcomes;
    private final Takedowns takedowns;
    private final BufferBudget budget;
    private final FetchMetrics metrics;
    private final Tracing tracing;
    private final FetchSpans spans;
    private final Clock clock;
    private final LongSupplier nanos;
    private final Map<Topics, Integer> limits;
    private final AvroDeserializer<LocatedPair> located;
    private final AvroDeserializer<PostponedPair> postponed;
    private final AvroSerializer<SpecificRecord> serializer;
    private final Consumer<String, byte[]> consumer;
    private final Queue<Finished> arrived = new ConcurrentLinkedQueue<>();
    private final Map<TopicPartition, Assigned> assigned = new HashMap<>();
    private final ArrayDeque<Result> results = new ArrayDeque<>();
    private @Nullable Producer<String, byte[]> producer;
    private long pendingBytes;
    private long registryNotBefore;
    private long committedAt;
    private int failures;
    private int turn;
    private volatile boolean stopping;
    private volatile boolean holdsPartitions;

    FetchLoop(
            FetchConfig config,
            FetchClients clients,
            Tasks tasks,
            OutcomeRecords outcomes,
            Takedowns takedowns,
            BufferBudget budget,
            FetchMetrics metrics,
            Clock clock,
            LongSupplier nanos,
            Tracing tracing) {
        this.config = config;
        this.clients = clients;
        this.tasks = tasks;
        this.outcomes = outcomes;
        this.takedowns = takedowns;
        this.budget = budget;
        this.metrics = metrics;
        this.clock = clock;
        this.nanos = nanos;
        this.tracing = tracing;
        this.spans = new FetchSpans(tracing);
        this.limits = clients.limits();
        this.located = clients.deserializer(LocatedPair.class);
        this.postponed = clients.deserializer(PostponedPair.class);
        this.serializer = clients.serializer();
        this.consumer = clients.consumer();
        this.committedAt = nanos.getAsLong();
        this.registryNotBefore = committedAt;
    }

    /** Takes a result. Any thread. */
    void finished(Finished finished) {
        arrived.add(finished);
    }

    /** Whether partitions were assigned. Any thread. */
    boolean holdsPartitions() {
        return holdsPartitions;
    }

    /** Ends {@link #run} soon. Any thread. */
    void stop() {
        stopping = true;
    }

    @Override
    public void run() {
        producer = newProducer();
        consumer.subscribe(FetchClients.INPUTS.stream().map(Topics::topicName).toList(), new Rebalance());
        while (!stopping) {
            try {
                round();
            } catch (ProducerFencedException | FencedInstanceIdException e) {
                throw e;
            } catch (WakeupException | InterruptException e) {
                throw e;
            } catch (KafkaException e) {
                beginAgain(e);
            }
        }
        flush();
        consumer.close(CloseOptions.timeout(CLOSE));
    }

    /** Frees the clients. After {@link #run} has ended. */
    @Override
    public void close() {
        Producer<String, byte[]> open = producer;
        if (open != null) {
            // Not in order: an open transaction is settled by the next producer of this name, or by time.
            open.close(Duration.ZERO);
        }
        consumer.close(CloseOptions.timeout(Duration.ZERO));
        located.close();
        postponed.close();
        serializer.close();
    }

    private void round() {
        tasks.check();
        boolean idle = results.isEmpty()
                && assigned.values().stream()
                        .allMatch(owner -> owner.progress.underWay() == 0 && owner.backlog.isEmpty());
        ConsumerRecords<String, byte[]> records = consumer.poll(idle ? IDLE_POLL : BUSY_POLL);
        for (ConsumerRecord<String, byte[]> record : records) {
            Assigned owner = assigned.get(new TopicPartition(record.topic(), record.partition()));
            if (owner != null) {
                owner.backlog.add(record);
            }
        }
        records.nextOffsets().forEach((partition, next) -> {
            Assigned owner = assigned.get(partition);
            if (owner != null) {
                owner.polledTo = next.offset();
            }
        });
        takeUp();
        collect();
        commitIfDue();
        metrics.pending(assigned.values().stream()
                .mapToLong(owner -> owner.progress.underWay())
                .sum());
    }

    /** Begins what there is room for, and stops reading where there is none. */
    private void takeUp() {
        if (nanos.getAsLong() - registryNotBefore < 0) {
            return;
        }
        List<Assigned> turns = new ArrayList<>(assigned.values());
        Collections.rotate(turns, turn++);
        try {
            // One record of each at a time: no partition takes all the room.
            turns.removeIf(owner -> owner.backlog.isEmpty());
            while (!turns.isEmpty()) {
                turns.removeIf(owner -> !beginNext(owner));
            }
        } catch (RegistryUnavailableException e) {
            awaitRegistry(e);
        }
        for (Assigned owner : assigned.values()) {
            if (owner.backlog.isEmpty()) {
                owner.progress.passTo(owner.polledTo);
                consumer.resume(List.of(owner.partition));
            } else {
                consumer.pause(List.of(owner.partition));
            }
        }
    }

    /** Whether there is more of this partition to begin. */
    private boolean beginNext(Assigned owner) {
        if (!begin(owner, owner.backlog.element())) {
            return false;
        }
        owner.backlog.remove();
        return !owner.backlog.isEmpty();
    }

    private boolean begin(Assigned owner, ConsumerRecord<String, byte[]> record) {
        int bytes = Math.max(0, record.serializedValueSize()) + Math.max(0, record.serializedKeySize());
        PartitionProgress progress = owner.progress;
        boolean room =
                pendingBytes == 0 || pendingBytes + bytes <= config.work().pendingBytes();
        if (!room || !progress.hasRoomFor(record.offset())) {
            return false;
        }
        Claim claim = new Claim(progress, record.offset(), bytes);
        try {
            FetchTask task = task(claim, record);
            if (progress.begin(record.offset())) {
                pendingBytes += bytes;
                tasks.submit(task);
            }
        } catch (PoisonRecordException e) {
            if (progress.begin(record.offset())) {
                pendingBytes += bytes;
                Output output = outcomes.undecodable(
                        record.topic(),
                        record.partition(),
                        record.offset(),
                        Objects.requireNonNullElse(e.getMessage(), "The record cannot be read"),
                        clock.instant());
                SpanContext span = spans.ended(spans.taken(record, clock.instant()), output, clock.instant());
                results.add(new Result(claim, null, output, 0, span));
            }
        }
        return true;
    }

    private FetchTask task(Claim claim, ConsumerRecord<String, byte[]> record) {
        if (record.topic().equals(Topics.PAIRS_LOCATED.topicName())) {
            LocatedPair pair = located.deserialize(record.topic(), record.value());
            if (pair != null) {
                History none = History.none(record.topic(), record.partition(), record.offset());
                return new FetchTask(claim, pair, none, spans.taken(record, clock.instant()));
            }
        } else {
            PostponedPair pair = postponed.deserialize(record.topic(), record.value());
            if (pair != null) {
                return new FetchTask(claim, pair.getPair(), History.of(pair), spans.taken(record, clock.instant()));
            }
        }
        throw new PoisonRecordException("A record of " + record.topic() + " has no value", null);
    }

    private void collect() {
        for (Finished finished = arrived.poll(); finished != null; finished = arrived.poll()) {
            Claim claim = finished.task().claim();
            if (claim.progress().isLost()) {
                budget.release(finished.bodyBytes());
                continue;
            }
            Instant now = clock.instant();
            Output output = output(finished, now);
            SpanContext span = spans.ended(finished.task().taken(), output, now);
            results.add(new Result(claim, finished, output, finished.bodyBytes(), span));
        }
    }

    /** A pair that was taken down while it was fetched is not written, nor is a picture that was. */
    private Output output(Finished finished, Instant now) {
        Output output = outcomes.of(finished, now);
        if (!(output.value() instanceof CrawledPair crawled)) {
            return output;
        }
        return takedowns
                .naming(crawled)
                .map(kind -> outcomes.takenDown(finished.task(), kind, now))
                .orElse(output);
    }

    private void commitIfDue() {
        long now = nanos.getAsLong();
        boolean due = now - committedAt >= config.work().commitInterval().toNanos();
        if (now - registryNotBefore < 0) {
            return;
        }
        if (results.size() >= config.work().batchRecords() || (due && (!results.isEmpty() || hasMoved()))) {
            try {
                commit();
            } catch (RegistryUnavailableException e) {
                awaitRegistry(e);
            }
        }
    }

    private boolean hasMoved() {
        return assigned.values().stream().anyMatch(owner -> owner.committed.offset() != owner.progress.frontier());
    }

    /** One transaction: some results, and what is done with them. */
    private void commit() {
        List<Result> batch = new ArrayList<>();
        List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
        Iterator<Result> waiting = results.iterator();
        while (waiting.hasNext() && batch.size() < config.work().batchRecords()) {
            Result result = waiting.next();
            batch.add(result);
            records.add(record(result));
        }
        for (Result result : batch) {
            results.remove();
            result.claim().progress().finish(result.claim().offset());
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        assigned.forEach((partition, owner) -> {
            OffsetAndMetadata done = owner.progress.commit();
            if (!done.equals(owner.committed)) {
                offsets.put(partition, done);
            }
        });
        try {
            write(records, offsets);
        } finally {
            for (Result result : batch) {
                pendingBytes -= result.claim().bytes();
                budget.release(result.bodyBytes());
            }
        }
        offsets.forEach((partition, done) -> Objects.requireNonNull(assigned.get(partition)).committed = done);
        committedAt = nanos.getAsLong();
        failures = 0;
        batch.forEach(this::count);
    }

    private void write(List<ProducerRecord<String, byte[]>> records, Map<TopicPartition, OffsetAndMetadata> offsets) {
        Producer<String, byte[]> open = Objects.requireNonNull(producer);
        open.beginTransaction();
        for (ProducerRecord<String, byte[]> record : records) {
            // The commit fails if a send does.
            var unused = open.send(record);
        }
        open.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        open.commitTransaction();
    }

    private ProducerRecord<String, byte[]> record(Result result) {
        Output output = result.output();
        ProducerRecord<String, byte[]> record = serialized(output, result.trace());
        int bytes = OVERHEAD_BYTES + tracing.headerBytes() + 3 * record.key().length() + record.value().length;
        int limit = Objects.requireNonNull(limits.get(output.topic()));
        Finished finished = result.finished();
        if (bytes <= limit || finished == null) {
            return record;
        }
        return serialized(
                outcomes.tooLarge(finished.task(), output.topic(), bytes, limit, clock.instant()), result.trace());
    }

    private ProducerRecord<String, byte[]> serialized(Output output, SpanContext trace) {
        String topic = output.topic().topicName();
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(
                topic, output.key(), Objects.requireNonNull(serializer.serialize(topic, output.value())));
        tracing.write(trace, record.headers());
        return record;
    }

    private void count(Result result) {
        SpecificRecord value = result.output().value();
        if (value instanceof CrawledPair) {
            // Only a finished task has a picture.
            Finished finished = Objects.requireNonNull(result.finished());
            metrics.crawled(result.bodyBytes(), finished.task().pair().getLocatedAt(), clock.instant());
        } else if (value instanceof RejectedPair rejected) {
            metrics.rejected(rejected.getRule());
        } else if (value instanceof PostponedPair waiting) {
            metrics.postponed(waiting.getRule());
        }
    }

    private void awaitRegistry(RegistryUnavailableException e) {
        LOG.warn("registry=unavailable reason={}", e.getMessage());
        registryNotBefore = nanos.getAsLong() + REGISTRY_PAUSE_NANOS;
    }

    /** Writes what is there before the partitions go. */
    private void flush() {
        collect();
        try {
            while (!results.isEmpty() || hasMoved()) {
                commit();
            }
        } catch (RegistryUnavailableException e) {
            LOG.warn("registry=unavailable unwritten={} reason={}", results.size(), e.getMessage());
        }
    }

    private void beginAgain(KafkaException failure) {
        failures++;
        if (failures > MAX_FAILURES) {
            throw failure;
        }
        LOG.warn("transaction=failed failures={}", failures, failure);
        metrics.restarted();
        Producer<String, byte[]> broken = producer;
        producer = null;
        if (broken != null) {
            broken.close(Duration.ZERO);
        }
        producer = newProducer();
        Collection<TopicPartition> held = List.copyOf(assigned.keySet());
        drop(held);
        take(consumer.assignment());
        assigned.forEach((partition, owner) -> consumer.seek(partition, owner.committed.offset()));
    }

    private Producer<String, byte[]> newProducer() {
        Producer<String, byte[]> created = clients.producer();
        created.initTransactions();
        return created;
    }

    private void take(Collection<TopicPartition> partitions) {
        Map<TopicPartition, @Nullable OffsetAndMetadata> committed =
                new HashMap<>(consumer.committed(new HashSet<>(partitions)));
        for (TopicPartition partition : partitions) {
            OffsetAndMetadata done = committed.get(partition);
            OffsetAndMetadata start = done == null ? new OffsetAndMetadata(first(partition)) : done;
            assigned.put(partition, new Assigned(partition, start, config.work().window()));
        }
        holdsPartitions = !assigned.isEmpty();
    }

    private long first(TopicPartition partition) {
        return Objects.requireNonNull(
                consumer.beginningOffsets(List.of(partition)).get(partition));
    }

    private void drop(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            Assigned lost = assigned.remove(partition);
            if (lost != null) {
                lost.progress.lose();
            }
        }
        tasks.forgetLost();
        results.removeIf(result -> {
            boolean lost = result.claim().progress().isLost();
            if (lost) {
                budget.release(result.bodyBytes());
            }
            return lost;
        });
        if (assigned.isEmpty()) {
            pendingBytes = 0;
        }
        holdsPartitions = !assigned.isEmpty();
    }

    private final class Rebalance implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            take(partitions);
            LOG.info("assigned={}", partitions);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            try {
                flush();
            } finally {
                drop(partitions);
            }
            LOG.info("revoked={}", partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            drop(partitions);
            LOG.warn("lost={}", partitions);
        }
    }
}
