package dev.capstan.local.feed;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/**
 * Reads one file, in one order whenever it is read. Damage is a result like any other: after it the reader goes on where it can, and
 * ends where it cannot. One thread.
 */
interface PairReader extends Closeable {
    /**
     * The next result, or empty at the end.
     *
     * @throws IOException if the machine cannot read the file, not if its content is bad
     */
    Optional<Found> next() throws IOException;

    /** The place after the last result. */
    Place place();
}
