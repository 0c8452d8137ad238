package dev.capstan.local.feed;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** A file of which nothing can be read, with the reason as its only result. */
final class Refused implements PairReader {
    private final Closeable file;
    private final Found reason;
    private Place place;

    /** @param offset 0 to tell the reason; more if it was told before */
    Refused(Closeable file, Found reason, long offset) {
        this.file = file;
        this.reason = reason;
        this.place = new Place(offset, 0);
    }

    @Override
    public Optional<Found> next() {
        if (place.offset() > 0) {
            return Optional.empty();
        }
        place = new Place(1, 0);
        return Optional.of(reason);
    }

    @Override
    public Place place() {
        return place;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
