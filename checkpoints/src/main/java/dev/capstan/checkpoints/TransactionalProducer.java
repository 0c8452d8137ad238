package dev.capstan.checkpoints;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One transactional producer, and the ways in which its transactions end. One thread.
 *
 * <p>States: NEW, READY (after {@link #initialise}), FAILED (after any transaction that did not end in a known commit;
 * initialise again), CLOSED.
 */
final class TransactionalProducer implements AutoCloseable {
    private static final Duration CLOSE = Duration.ofSeconds(10);

    private enum State {
        NEW,
        READY,
        FAILED,
        CLOSED
    }

    private final Supplier<Producer<String, SpecificRecord>> producers;
    private final String transactionalId;
    private final Duration timeout;
    private long began;
    private @Nullable Producer<String, SpecificRecord> producer;
    private State state = State.NEW;

    /** Sends within the open transaction and keeps the acknowledgements. */
    static final class Sender {
        private final Producer<String, SpecificRecord> producer;
        private final List<Future<RecordMetadata>> acknowledgements = new ArrayList<>();

        private Sender(Producer<String, SpecificRecord> producer) {
            this.producer = producer;
        }

        /** @return the place of the acknowledgement in what {@link #flush} returns */
        int send(ProducerRecord<String, SpecificRecord> record) {
            acknowledgements.add(producer.send(record));
            return acknowledgements.size() - 1;
        }

        /** Waits until everything sent is acknowledged, and says where it lies. */
        List<RecordMetadata> flush() {
            producer.flush();
            List<RecordMetadata> places = new ArrayList<>(acknowledgements.size());
            for (Future<RecordMetadata> acknowledgement : acknowledgements) {
                places.add(place(acknowledgement));
            }
            return places;
        }

        Producer<String, SpecificRecord> producer() {
            return producer;
        }

        private static RecordMetadata place(Future<RecordMetadata> acknowledgement) {
            try {
                return acknowledgement.get();
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof KafkaException failure) {
                    throw failure;
                }
                throw new KafkaException("A record could not be sent", e.getCause());
            }
        }
    }

    /** @param timeout how long the cluster lets a transaction stay open */
    TransactionalProducer(
            Supplier<Producer<String, SpecificRecord>> producers, String transactionalId, Duration timeout) {
        this.producers = producers;
        this.transactionalId = transactionalId;
        this.timeout = timeout;
    }

    /** Fences every other producer with the same transactional id and settles the transaction that it left open. */
    void initialise(Deadline deadline) {
        if (state == State.CLOSED) {
            throw new IllegalStateException("The writer " + transactionalId + " is closed");
        }
        discard();
        Producer<String, SpecificRecord> opened = producers.get();
        producer = opened;
        state = State.FAILED;
        while (true) {
            try {
                opened.initTransactions();
                state = State.READY;
                return;
            } catch (TimeoutException e) {
                if (deadline.isOver()) {
                    throw new CheckpointUnavailableException(
                            "The cluster did not settle transactional id " + transactionalId + " in time", e);
                }
            } catch (ProducerFencedException | InvalidProducerEpochException e) {
                throw fenced(e);
            }
        }
    }

    /**
     * Runs the body in a transaction and commits it.
     *
     * @throws PublishException if it did not end in a known commit
     */
    <R> R transact(Function<Sender, R> body) {
        return transactIf(sender -> Optional.of(body.apply(sender)))
                .orElseThrow(() -> new IllegalStateException("A transaction that cannot be declined was declined"));
    }

    /**
     * Runs the body in a transaction and commits it, or aborts it if the body gives nothing.
     *
     * @throws PublishException if it ended in neither
     */
    <R> Optional<R> transactIf(Function<Sender, Optional<R>> body) {
        Producer<String, SpecificRecord> open = ready();
        state = State.FAILED;
        Optional<R> result;
        try {
            began = System.nanoTime();
            open.beginTransaction();
            result = body.apply(new Sender(open));
        } catch (RuntimeException e) {
            abort(open, e);
            throw aborted(e);
        } catch (Error e) {
            abort(open, e);
            throw e;
        }
        if (result.isPresent()) {
            commit(open);
        } else {
            decline(open);
        }
        state = State.READY;
        return result;
    }

    @Override
    public void close() {
        discard();
        state = State.CLOSED;
    }

    private Producer<String, SpecificRecord> ready() {
        Producer<String, SpecificRecord> open = producer;
        if (open == null || state != State.READY) {
            throw new IllegalStateException(
                    "The writer " + transactionalId + " is " + state + ": call initialise() first");
        }
        return open;
    }

    private void decline(Producer<String, SpecificRecord> open) {
        IllegalStateException declined = new IllegalStateException("The transaction was declined by its body");
        if (!abort(open, declined)) {
            throw aborted(declined);
        }
    }

    private void commit(Producer<String, SpecificRecord> open) {
        try {
            commitTwice(open);
        } catch (ProducerFencedException | InvalidProducerEpochException e) {
            throw endedByCluster(e);
        } catch (TimeoutException | InterruptException e) {
            throw uncertain(e);
        } catch (KafkaException e) {
            throw abort(open, e) ? aborted(e) : uncertain(e);
        }
    }

    /** A commit that timed out may be asked for again; each waits for max.block.ms. */
    private static void commitTwice(Producer<String, SpecificRecord> open) {
        try {
            open.commitTransaction();
        } catch (TimeoutException e) {
            open.commitTransaction();
        }
    }

    /** @return whether the cluster confirmed it; if not, it aborts at the next initialise() or at the time-out */
    private boolean abort(Producer<String, SpecificRecord> open, Throwable cause) {
        try {
            open.abortTransaction();
            return true;
        } catch (ProducerFencedException | InvalidProducerEpochException e) {
            throw endedByCluster(e);
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
            return false;
        }
    }

    private PublishAbortedException aborted(Throwable cause) {
        return new PublishAbortedException("Nothing was written by " + transactionalId + ": " + cause, cause);
    }

    /**
     * The cluster answers the same to a writer that another has replaced and to one whose transaction it has given up. The second must go
     * on: nobody else will.
     */
    private PublishException endedByCluster(KafkaException cause) {
        if (System.nanoTime() - began < timeout.toNanos()) {
            return fenced(cause);
        }
        return new PublishAbortedException(
                "Nothing was written by " + transactionalId + ": the transaction took longer than the "
                        + timeout.toSeconds() + " s after which the cluster aborts it",
                cause);
    }

    private WriterFencedException fenced(KafkaException cause) {
        return new WriterFencedException(
                "Another writer took over transactional id " + transactionalId + ": " + cause.getMessage(), cause);
    }

    private PublishUncertainException uncertain(KafkaException cause) {
        return new PublishUncertainException(
                "The cluster did not say whether it committed for " + transactionalId + ": " + cause.getMessage(),
                cause);
    }

    private void discard() {
        Producer<String, SpecificRecord> open = producer;
        producer = null;
        if (open != null) {
            open.close(state == State.READY ? CLOSE : Duration.ZERO);
        }
    }
}
