package dev.capstan.local.feed;

import dev.capstan.local.webdataset.CompressionRatioException;
import dev.capstan.local.webdataset.DiskReadException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What tables of text have in common: rows one after the other, each for itself. A place counts bytes of the unpacked table. */
abstract class TextRows implements PairReader {
    private final RowSplitter rows;
    private boolean ended;

    TextRows(RowSplitter rows) {
        this.rows = rows;
    }

    /** What stands in one row; empty if the row is blank. */
    abstract Optional<Found> read(String row);

    @Override
    public final Optional<Found> next() {
        while (!ended) {
            long at = rows.offset();
            Optional<RowSplitter.Row> row;
            try {
                row = rows.next();
            } catch (IOException e) {
                DiskReadException.rethrow(e);
                ended = true;
                return Optional.of(damaged(at, e));
            }
            if (row.isEmpty()) {
                break;
            }
            Optional<Found> found = read(row.get()).map(one -> at(at, one));
            if (found.isPresent()) {
                return found;
            }
        }
        ended = true;
        return Optional.empty();
    }

    @Override
    public final Place place() {
        return new Place(rows.offset(), 0);
    }

    @Override
    public final void close() throws IOException {
        rows.close();
    }

    /** Ends the table before its first row. */
    final void end() {
        ended = true;
    }

    private Optional<Found> read(RowSplitter.Row row) {
        if (row.problem().isPresent()) {
            return row.problem().map(problem -> problem);
        }
        Optional<String> text = Utf8.decode(row.content());
        if (text.isEmpty()) {
            return Optional.of(new Found.PassedOver(
                    "not-utf8",
                    "this line is no UTF-8: " + Utf8.shortened(new String(row.content(), StandardCharsets.UTF_8))));
        }
        return text.get().isBlank() ? Optional.empty() : read(text.get());
    }

    static Found.PassedOver damaged(long at, IOException cause) {
        String reason = cause instanceof CompressionRatioException ? "compression-ratio" : "file-damaged";
        return new Found.PassedOver(reason, "byte " + at + ": the file cannot be read on: " + cause.getMessage());
    }

    private static Found at(long at, Found found) {
        if (found instanceof Found.PassedOver problem) {
            return new Found.PassedOver(problem.reason(), "byte " + at + ": " + problem.detail());
        }
        return found;
    }
}
