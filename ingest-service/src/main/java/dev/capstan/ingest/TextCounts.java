package dev.capstan.ingest;

import dev.capstan.ingest.balance.DecayedCount;
import dev.capstan.ingest.filter.CurationPolicy.Boilerplate;
import dev.capstan.ingest.filter.Verdict.Refusal;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Counts how often each text came, in a table of fixed size (a count-min sketch, Cormode and Muthukrishnan 2005): each text
 * adds to one cell of each row, and its count is the least of its cells. A count is never too low; it is too high by more
 * than 1/24,000 of the pairs of a window with a probability of 2 %. Old entries fade as those of concepts do.
 *
 * <p>One stream thread calls it.
 */
final class TextCounts {

    static final String RULE = "text-boilerplate";
    static final String STORE = "text-counts";

    /** The rows times the columns are the most entries of the store. */
    static final int ROWS = 4;

    static final int COLUMNS = 1 << 16;

    private final KeyValueStore<Bytes, byte[]> store;
    private final Boilerplate limit;
    private final int partitions;

    /** @param partitions over how many the stream is spread; each sees its even share of the pairs of every text */
    TextCounts(KeyValueStore<Bytes, byte[]> store, Boilerplate limit, int partitions) {
        this.store = store;
        this.limit = limit;
        this.partitions = partitions;
    }

    /** Counts the text, and says why it is refused, or nothing. */
    Optional<Refusal> judge(long textKey, long timeMillis) {
        double least = Double.MAX_VALUE;
        for (int row = 0; row < ROWS; row++) {
            int column = (int) (textKey >>> (16 * row)) & (COLUMNS - 1);
            Bytes cell = Bytes.wrap(ByteBuffer.allocate(3)
                    .put((byte) row)
                    .putShort((short) column)
                    .array());
            byte[] before = store.get(cell);
            DecayedCount count =
                    (before == null ? DecayedCount.NONE : DecayedCount.of(before)).plusOne(timeMillis, limit.window());
            store.put(cell, count.bytes());
            least = Math.min(least, count.weight());
        }
        double pairs = least * partitions;
        // A text's first pair in its partition is never too many.
        if (pairs <= limit.maxPairs() || least <= 1) {
            return Optional.empty();
        }
        return Optional.of(Refusal.of(
                RULE,
                pairs,
                (double) limit.maxPairs(),
                String.format(
                        Locale.ROOT,
                        "About %.0f pairs within %s had the same text; at most %d are taken.",
                        pairs,
                        limit.window(),
                        limit.maxPairs())));
    }
}
