package dev.capstan.checkpoints;

import java.time.Duration;

/**
 * How a writer writes.
 *
 * @param chunkBytes largest piece of a tensor, at most 1 MiB
 * @param transactionTimeout how long a transaction may stay open before the cluster aborts it; a writer that dies with
 *     an open one holds up read_committed readers for as long, unless it starts again first
 * @param timeout longest time for reading the state of the log, and for a commit to become visible
 */
public record WriterOptions(int chunkBytes, Duration transactionTimeout, Duration timeout) {
    /** Largest piece that a tensor may be cut into. */
    public static final int MAX_CHUNK_BYTES = 1024 * 1024;

    public WriterOptions {
        if (chunkBytes < 1 || chunkBytes > MAX_CHUNK_BYTES) {
            throw new IllegalArgumentException("chunkBytes is " + chunkBytes + ", must be in 1.." + MAX_CHUNK_BYTES);
        }
        if (transactionTimeout.toMillis() < 1 || transactionTimeout.toMillis() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("transactionTimeout is " + transactionTimeout + ", must be positive");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout is " + timeout + ", must be positive");
        }
    }

    /** The same with another time-out of its transactions. */
    public WriterOptions withTransactionTimeout(Duration other) {
        return new WriterOptions(chunkBytes, other, timeout);
    }

    /** Chunks of 1 MiB, transactions of at most three minutes, two minutes to read the log. */
    public static WriterOptions defaults() {
        return new WriterOptions(MAX_CHUNK_BYTES, Duration.ofMinutes(3), Duration.ofMinutes(2));
    }
}
