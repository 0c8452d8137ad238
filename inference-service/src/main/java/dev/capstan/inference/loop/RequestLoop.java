package dev.capstan.inference.loop;

import dev.capstan.inference.labels.LabelSetFollower;
import dev.capstan.inference.loop.OutcomeRecords.Outgoing;
import dev.capstan.inference.serving.ModelLease;
import dev.capstan.inference.serving.ModelLeases;
import dev.capstan.schemas.RegistryUnavailableException;
import dev.capstan.schemas.Topics;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests: polls, cuts what is there into batches, leases one model for each, and commits the answers with the
 * requests' offsets. {@link #run} is the body of one thread, which alone touches the consumer, the transactions, the label
 * sets and, under a lease, the model. {@link #close}, {@link #ended} and {@link #lastTurn} may be called by any thread.
 *
 * <p>While no model is served the partitions are paused: the member stays in its group and the requests stay in their
 * topics. A batch that cannot be committed is never seen by a read_committed reader; the loop goes back to the committed
 * offsets, which are the truth, and answers again. Nothing else may move a position.
 *
 * <p>States: running; closing (the batch in hand is finished, the member leaves its group); ended with an exit code. An
 * error or a bug ends it as a crash would: nothing is aborted and the member does not leave, so that a successor of the
 * same instance name takes its place and settles its transaction.
 */
public final class RequestLoop implements Runnable, AutoCloseable {
    /** Exit code of an orderly end. */
    public static final int CLOSED = 0;
    /** Exit code after a bug or an error that a restart may cure. */
    public static final int FAILED = 1;
    /** Exit code when another process has taken this instance's name. */
    public static final int INSTANCE_TAKEN = 3;

    private static final Logger LOG = LoggerFactory.getLogger(RequestLoop.class);

    private final Consumer<byte[], byte[]> consumer;
    private final LabelSetFollower labelSets;
    private final ModelLeases models;
    private final BatchAnswerer answerer;
    private final AnswerTransactions transactions;
    private final BatchLimits limits;
    private final LoopSettings settings;
    private final BatchStages stages;
    private final InferenceMetrics metrics;
    private final RequestTraces traces;
    private final Clock clock;
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private volatile boolean closing;
    private volatile Instant lastTurn;
    private Instant notBefore = Instant.MIN;
    private boolean settled;
    private boolean serving;

    /**
     * What a loop works with.
     *
     * @param consumer a read_committed member of the group without automatic commits; owned
     * @param labelSets owned
     * @param answerer owned
     * @param transactions owned
     */
    public record Parts(
            Consumer<byte[], byte[]> consumer,
            LabelSetFollower labelSets,
            ModelLeases models,
            BatchAnswerer answerer,
            AnswerTransactions transactions) {}

    /** Without traces. */
    public RequestLoop(
            Parts parts,
            BatchLimits limits,
            LoopSettings settings,
            BatchStages stages,
            InferenceMetrics metrics,
            Clock clock) {
        this(parts, limits, settings, stages, metrics, RequestTraces.off(), clock);
    }

    public RequestLoop(
            Parts parts,
            BatchLimits limits,
            LoopSettings settings,
            BatchStages stages,
            InferenceMetrics metrics,
            RequestTraces traces,
            Clock clock) {
        consumer = parts.consumer();
        labelSets = parts.labelSets();
        models = parts.models();
        answerer = parts.answerer();
        transactions = parts.transactions();
        this.limits = limits;
        this.settings = settings;
        this.stages = stages;
        this.metrics = metrics;
        this.traces = traces;
        this.clock = clock;
        lastTurn = clock.instant();
    }

    /** Completed with the exit code when the loop has ended. */
    public CompletableFuture<Integer> ended() {
        return ended.copy();
    }

    /** When the loop last began a turn: long ago means that it is stuck. */
    public Instant lastTurn() {
        return lastTurn;
    }

    /** Asks the loop to end after the batch in hand; does not wait. */
    @Override
    public void close() {
        closing = true;
        consumer.wakeup();
    }

    @Override
    public void run() {
        int code = FAILED;
        try {
            consumer.subscribe(answerer.topics().stream().map(Topics::topicName).toList(), new AssignmentLog());
            while (!closing) {
                turn();
            }
            code = CLOSED;
        } catch (WakeupException e) {
            code = CLOSED;
        } catch (FencedInstanceIdException | InstanceTakenException e) {
            LOG.error("instance taken, ending", e);
            code = INSTANCE_TAKEN;
        } catch (RuntimeException | Error e) {
            LOG.error("request loop failed", e);
        } finally {
            end(code);
        }
    }

    private void turn() {
        lastTurn = clock.instant();
        try {
            settle();
            labelSets.poll();
            boolean open = !clock.instant().isBefore(notBefore) && isServing();
            gate(open);
            ConsumerRecords<byte[], byte[]> records = consumer.poll(settings.poll());
            if (!open) {
                putBack(records);
                return;
            }
            answer(records);
        } catch (RegistryUnavailableException | TimeoutException e) {
            retry(e);
        }
    }

    private void answer(ConsumerRecords<byte[], byte[]> records) {
        // Taken now: a member that loses its place while it answers must be refused, and learns of it from this.
        ConsumerGroupMetadata member = consumer.groupMetadata();
        for (RequestBatch batch : RequestBatch.of(records, limits)) {
            if (closing || !answer(batch, member)) {
                // The rest was not answered: it comes again, here or elsewhere.
                settled = false;
                return;
            }
        }
    }

    private boolean answer(RequestBatch batch, ConsumerGroupMetadata member) {
        Instant begun = clock.instant();
        Optional<ModelLease> lease = models.lease();
        if (lease.isEmpty()) {
            return false;
        }
        try (RequestTraces.Batch spans = traces.begin(batch, lease.get().checkpoint())) {
            List<Outcome> outcomes;
            try (ModelLease held = lease.get()) {
                outcomes = answerer.answer(batch, held);
            }
            List<Outgoing> outgoing = transactions.records(outcomes);
            spans.carry(outgoing);
            stages.beforeAnswers();
            CommitResult result = transactions.commit(outgoing, batch.nextOffsets(), member);
            if (!result.isCommitted()) {
                spans.aborted();
                metrics.aborted();
                notBefore = clock.instant().plus(settings.backOff());
                return false;
            }
            metrics.answered(batch.topic(), outgoing, Duration.between(begun, clock.instant()));
            return true;
        }
    }

    /** Goes back to the committed offsets after anything that left positions and commits apart. */
    private void settle() {
        if (settled) {
            return;
        }
        transactions.prepare();
        Set<TopicPartition> assigned = consumer.assignment();
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(assigned, settings.timeout());
        Set<TopicPartition> unread = new HashSet<>(assigned);
        committed.forEach((partition, offset) -> {
            if (offset != null) {
                unread.remove(partition);
                consumer.seek(partition, offset);
            }
        });
        if (!unread.isEmpty()) {
            // An empty collection would mean every partition.
            consumer.seekToBeginning(unread);
        }
        settled = true;
    }

    private void retry(KafkaException cause) {
        LOG.warn("requests wait for a service that does not answer cause={}", cause.toString());
        notBefore = clock.instant().plus(settings.backOff());
        settled = false;
    }

    private boolean isServing() {
        Optional<ModelLease> lease = models.lease();
        boolean now = lease.isPresent();
        if (now) {
            try (ModelLease held = lease.get()) {
                metrics.serving(held.checkpoint(), held.model().nativeArrays());
            }
        }
        if (now != serving) {
            LOG.info(now ? "requests are answered" : "requests wait for a model");
            serving = now;
        }
        return now;
    }

    private void gate(boolean open) {
        if (open) {
            consumer.resume(consumer.paused());
            return;
        }
        consumer.pause(consumer.assignment());
    }

    /** Partitions that were assigned during the poll were not paused yet: what they brought is read again later. */
    private void putBack(ConsumerRecords<byte[], byte[]> records) {
        for (TopicPartition partition : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> early = records.records(partition);
            consumer.seek(partition, early.get(0).offset());
        }
    }

    private void end(int code) {
        try {
            if (code == CLOSED) {
                transactions.close();
                consumer.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                        .withTimeout(settings.timeout()));
            } else {
                transactions.abandon();
                consumer.close(
                        CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP)
                                .withTimeout(Duration.ZERO));
            }
            labelSets.close();
            answerer.close();
        } catch (InterruptException e) {
            LOG.warn("interrupted while the request loop ended", e);
        } catch (KafkaException e) {
            LOG.warn("the request loop did not end in order", e);
        } finally {
            LOG.info("request loop ended exitCode={}", code);
            ended.complete(code);
        }
    }

    private static final class AssignmentLog implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            LOG.info("partitions revoked partitions={}", partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            LOG.info("partitions assigned partitions={}", partitions);
        }
    }
}
