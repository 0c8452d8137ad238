package dev.capstan.ingest.balance;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * A count whose old entries weigh less and less: after one window an entry weighs 1/e. Of a steady stream it comes to what
 * one window brings.
 *
 * @param weight the sum of all entries' weights at the time
 * @param atMillis the time of the newest entry, epoch milliseconds
 */
public record DecayedCount(double weight, long atMillis) {

    /** Nothing was counted yet. */
    public static final DecayedCount NONE = new DecayedCount(0, Long.MIN_VALUE);

    private static final int BYTES = Double.BYTES + Long.BYTES;

    /** The count with one entry more. An entry that is older than the newest weighs less from the start. */
    public DecayedCount plusOne(long timeMillis, Duration window) {
        if (weight == 0) {
            return new DecayedCount(1, timeMillis);
        }
        double shift = Math.exp(-Math.abs((double) timeMillis - atMillis) / window.toMillis());
        if (timeMillis >= atMillis) {
            return new DecayedCount(weight * shift + 1, timeMillis);
        }
        return new DecayedCount(weight + shift, atMillis);
    }

    /** The form in a state store. */
    public byte[] bytes() {
        return ByteBuffer.allocate(BYTES).putDouble(weight).putLong(atMillis).array();
    }

    /** Reads the form of {@link #bytes}. */
    public static DecayedCount of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new DecayedCount(buffer.getDouble(), buffer.getLong());
    }
}
