package dev.capstan.ingest.fetch.offsets;

import java.util.Base64;
import java.util.BitSet;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/**
 * The offsets above a frontier that are done, as the text that a commit carries: a bit for each offset from the frontier,
 * in Base64. A broker takes 4096 characters by default ({@code offset.metadata.max.bytes}); the largest distance is such that this
 * always fits.
 */
final class DoneAbove {
    /** Exclusive: takes 2733 characters. */
    static final int MAX_DISTANCE = 1 << 14;

    private static final String FORM = "done1:";

    private DoneAbove() {}

    static OffsetAndMetadata write(long frontier, SortedSet<Long> done) {
        if (done.isEmpty()) {
            return new OffsetAndMetadata(frontier);
        }
        BitSet bits = new BitSet();
        for (long offset : done) {
            long distance = offset - frontier;
            if (distance < 0 || distance >= MAX_DISTANCE) {
                throw new IllegalStateException("offset " + offset + " is done, with frontier " + frontier);
            }
            bits.set((int) distance);
        }
        return new OffsetAndMetadata(
                frontier, FORM + Base64.getEncoder().withoutPadding().encodeToString(bits.toByteArray()));
    }

    /**
     * @throws IllegalStateException if the metadata is somebody else's: what is done is not known then, and going on
     *     would write results twice
     */
    static SortedSet<Long> read(OffsetAndMetadata committed) {
        SortedSet<Long> done = new TreeSet<>();
        String metadata = committed.metadata();
        if (metadata.isEmpty()) {
            return done;
        }
        if (!metadata.startsWith(FORM)) {
            throw foreign(metadata, null);
        }
        try {
            BitSet.valueOf(Base64.getDecoder().decode(metadata.substring(FORM.length()))).stream()
                    .forEach(distance -> done.add(committed.offset() + distance));
        } catch (IllegalArgumentException e) {
            throw foreign(metadata, e);
        }
        return done;
    }

    private static IllegalStateException foreign(String metadata, @org.jspecify.annotations.Nullable Exception cause) {
        return new IllegalStateException(
                "The committed offset carries \"" + metadata.substring(0, Math.min(metadata.length(), 40))
                        + "\", which fetch did not write: give fetch a consumer group of its own, or reset its offsets",
                cause);
    }
}
