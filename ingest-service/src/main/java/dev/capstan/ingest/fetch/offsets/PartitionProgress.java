package dev.capstan.ingest.fetch.offsets;

import java.util.NavigableSet;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/**
 * What of one partition is done. Records finish in any order; what may be committed is the frontier, below which all are
 * done, and beside it, in the commit's metadata, those above it that are done too: a successor takes up the others
 * only. The distance from the frontier to the newest record that was begun is bounded, and so is the metadata.
 *
 * <p>Not thread-safe: the thread that polls owns it. A partition that is lost takes its progress along; what comes in
 * for it later finds {@link #isLost()}, which any thread may ask.
 */
public final class PartitionProgress {
    private final int window;
    private final NavigableSet<Long> begun = new TreeSet<>();
    private final NavigableSet<Long> done = new TreeSet<>();
    private long next;
    private volatile boolean lost;

    /**
     * Goes on where a commit left off.
     *
     * @param committed what was committed; offset 0 without metadata for nothing
     * @param window how far above the frontier a record may be begun
     */
    public PartitionProgress(OffsetAndMetadata committed, int window) {
        if (window < 1 || window > DoneAbove.MAX_DISTANCE) {
            throw new IllegalArgumentException("window is " + window + ": give 1 to " + DoneAbove.MAX_DISTANCE);
        }
        this.window = window;
        next = committed.offset();
        done.addAll(DoneAbove.read(committed));
    }

    /** Whether a record may be begun now; if not, the frontier must move first. */
    public boolean hasRoomFor(long offset) {
        return begun.isEmpty() || offset - begun.first() < window;
    }

    /**
     * Begins a record.
     *
     * @return false if it is done already
     */
    public boolean begin(long offset) {
        if (!hasRoomFor(offset) || offset < next) {
            throw new IllegalStateException("offset " + offset + " with frontier " + frontier() + " and next " + next);
        }
        next = offset + 1;
        if (done.contains(offset)) {
            trim();
            return false;
        }
        begun.add(offset);
        return true;
    }

    /** A record that was begun is done. */
    public void finish(long offset) {
        if (!begun.remove(offset)) {
            throw new IllegalStateException("offset " + offset + " was not begun");
        }
        done.add(offset);
        trim();
    }

    /** Every record below has been begun: what lies between are the log's own marks. */
    public void passTo(long position) {
        if (position > next) {
            next = position;
            trim();
        }
    }

    /** Below this all is done. */
    public long frontier() {
        return begun.isEmpty() ? next : begun.first();
    }

    /** What a commit has to say. */
    public OffsetAndMetadata commit() {
        return DoneAbove.write(frontier(), done);
    }

    /** Records that were begun and are not done. */
    public int underWay() {
        return begun.size();
    }

    /** The partition went to somebody else. */
    public void lose() {
        lost = true;
    }

    public boolean isLost() {
        return lost;
    }

    private void trim() {
        done.headSet(frontier()).clear();
    }
}
