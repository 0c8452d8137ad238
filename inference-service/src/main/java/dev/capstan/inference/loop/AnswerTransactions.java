package dev.capstan.inference.loop;

import dev.capstan.inference.loop.CommitResult.Committed;
import dev.capstan.inference.loop.CommitResult.NotCommitted;
import dev.capstan.inference.loop.OutcomeRecords.Outgoing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApplicationRecoverableException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits answers and the offsets of their requests in one transaction. The request loop's thread.
 *
 * <p>States: no producer; ready; in a transaction. A failed transaction is aborted and leaves the producer ready; where
 * that fails, or where the outcome is unknown, the producer is dropped, and {@link #prepare} makes another, whose
 * initialisation settles what the last one left open. After any failure the caller goes back to the committed offsets.
 */
public final class AnswerTransactions implements AutoCloseable {
    /** After so many times in a row without one commit another process must be using the same transactional id. */
    private static final int MAX_FENCINGS = 5;

    private static final Duration CLOSE = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(AnswerTransactions.class);

    private final Supplier<Producer<String, byte[]>> producers;
    private final OutcomeRecords records;
    private final BatchStages stages;
    private final Queue<RefusedReply> refusedReplies = new ConcurrentLinkedQueue<>();
    private @Nullable Producer<String, byte[]> producer;
    private int fencings;

    private record RefusedReply(Outcome outcome, Exception refusal) {}

    /**
     * @param producers makes producers with one transactional id
     * @param records owned
     */
    public AnswerTransactions(
            Supplier<Producer<String, byte[]>> producers, OutcomeRecords records, BatchStages stages) {
        this.producers = producers;
        this.records = records;
        this.stages = stages;
    }

    /**
     * Makes sure of a producer without a transaction of its predecessor.
     *
     * @throws InstanceTakenException if another process keeps taking this one's transactional id
     * @throws KafkaException if the cluster does not answer; it may be called again
     */
    void prepare() {
        if (producer != null) {
            return;
        }
        if (fencings >= MAX_FENCINGS) {
            throw new InstanceTakenException("The producer was fenced " + fencings + " times in a row");
        }
        Producer<String, byte[]> fresh = producers.get();
        try {
            fresh.initTransactions();
        } catch (RuntimeException e) {
            fresh.close(Duration.ZERO);
            throw e;
        }
        producer = fresh;
    }

    /**
     * Makes the records of outcomes: the part of a commit that may be slow, before the transaction is open.
     *
     * @throws dev.capstan.schemas.RegistryUnavailableException if it must be tried again
     */
    List<Outgoing> records(List<Outcome> outcomes) {
        return records.of(outcomes);
    }

    /**
     * Sends and commits.
     *
     * @throws FencedInstanceIdException if another process has taken this one's place in the consumer group
     */
    CommitResult commit(
            List<Outgoing> outgoing, Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
        Producer<String, byte[]> open = producer;
        if (open == null) {
            throw new IllegalStateException("commit before prepare");
        }
        try {
            open.beginTransaction();
            for (Outgoing one : outgoing) {
                send(open, one.record());
                one.replies().forEach(reply -> sendReply(open, reply, one.outcome()));
            }
            open.sendOffsetsToTransaction(offsets, group);
            stages.beforeCommit();
            open.commitTransaction();
        } catch (FencedInstanceIdException e) {
            throw e;
        } catch (ApplicationRecoverableException e) {
            // Fenced, or the coordinator gave the transaction up: this producer can never commit again.
            fencings++;
            LOG.warn("producer fenced, making another fencings={}", fencings, e);
            drop();
            return new NotCommitted(e);
        } catch (KafkaException e) {
            abort(open, e);
            return new NotCommitted(e);
        }
        fencings = 0;
        records.forget(outgoing);
        stages.afterCommit();
        return new Committed();
    }

    /** Ends as a crash would: an open transaction stays open until a successor settles it. */
    void abandon() {
        drop();
        records.close();
    }

    @Override
    public void close() {
        Producer<String, byte[]> open = producer;
        producer = null;
        if (open != null) {
            open.close(CLOSE);
        }
        records.close();
    }

    // What a send fails with comes out of the commit, too; for a reply it must be known whose it was.
    @SuppressWarnings("FutureReturnValueIgnored")
    private static void send(Producer<String, byte[]> producer, ProducerRecord<String, byte[]> record) {
        producer.send(record);
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void sendReply(Producer<String, byte[]> producer, ProducerRecord<String, byte[]> reply, Outcome outcome) {
        producer.send(reply, (metadata, failure) -> {
            if (failure != null && isForGood(failure)) {
                refusedReplies.add(new RefusedReply(outcome, failure));
            }
        });
    }

    private static boolean isForGood(Exception failure) {
        return failure instanceof RecordTooLargeException
                || failure instanceof AuthorizationException
                || failure instanceof InvalidTopicException;
    }

    private void abort(Producer<String, byte[]> open, KafkaException cause) {
        LOG.warn("transaction failed, aborting", cause);
        try {
            open.abortTransaction();
        } catch (RuntimeException e) {
            // After a commit without an answer there is nothing that may be aborted: the next initialisation settles
            // it.
            LOG.warn("transaction could not be aborted, making another producer", e);
            drop();
        }
        for (RefusedReply refused = refusedReplies.poll(); refused != null; refused = refusedReplies.poll()) {
            records.refuseReply(refused.outcome(), refused.refusal());
        }
    }

    private void drop() {
        Producer<String, byte[]> open = producer;
        producer = null;
        if (open != null) {
            open.close(Duration.ZERO);
        }
    }
}
