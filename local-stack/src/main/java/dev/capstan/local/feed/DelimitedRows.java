package dev.capstan.local.feed;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import dev.capstan.local.webdataset.Unpacked;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Addresses with texts from a CSV or TSV table whose first row names the columns. */
final class DelimitedRows extends TextRows {
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final CsvReader.CsvReaderBuilder dialect;
    private final Optional<Columns.Found> columns;
    private final FeedLimits limits;
    private Optional<Found> refusal;

    private DelimitedRows(RowSplitter rows, char separator, List<String> header, Columns columns, FeedLimits limits) {
        super(rows);
        this.dialect = dialect(separator);
        this.columns = columns.in(header);
        this.limits = limits;
        this.refusal = this.columns.isPresent() ? Optional.empty() : Optional.of(columns.missing(header));
    }

    static PairReader open(Path file, char separator, long offset, Columns columns, FeedLimits limits)
            throws IOException {
        RowSplitter rows = new RowSplitter(Unpacked.open(file, 0), 0, limits.rowBytes(), separator);
        try {
            List<String> header = header(rows, separator);
            if (offset > rows.offset()) {
                rows.close();
                rows = new RowSplitter(Unpacked.open(file, offset), offset, limits.rowBytes(), separator);
            }
            DelimitedRows reader = new DelimitedRows(rows, separator, header, columns, limits);
            return reader.columns.isPresent() ? reader : new Refused(reader, reader.refusal.orElseThrow(), offset);
        } catch (IOException | RuntimeException e) {
            rows.close();
            throw e;
        }
    }

    @Override
    Optional<Found> read(String row) {
        Columns.Found places = columns.orElseThrow();
        List<String> fields;
        try {
            fields = dialect.ofSingleCsvRecord(row).getFields();
        } catch (CsvParseException e) {
            return Optional.of(new Found.PassedOver("row-unreadable", e.getMessage() + ": " + Utf8.shortened(row)));
        }
        if (fields.size() <= Math.max(places.url(), places.text())) {
            return Optional.of(new Found.PassedOver(
                    "fields-missing", "this row has " + fields.size() + " fields: " + Utf8.shortened(row)));
        }
        return Optional.of(Addresses.of(fields.get(places.url()), fields.get(places.text()), limits));
    }

    private static List<String> header(RowSplitter rows, char separator) throws IOException {
        Optional<RowSplitter.Row> first = rows.next();
        Optional<String> text = first.filter(row -> row.problem().isEmpty()).flatMap(row -> Utf8.decode(row.content()));
        if (text.isEmpty() || text.get().isBlank()) {
            return List.of();
        }
        String names = text.get().charAt(0) == BYTE_ORDER_MARK ? text.get().substring(1) : text.get();
        try {
            return dialect(separator).ofSingleCsvRecord(names).getFields();
        } catch (CsvParseException e) {
            return List.of();
        }
    }

    private static CsvReader.CsvReaderBuilder dialect(char separator) {
        return CsvReader.builder().fieldSeparator(separator);
    }
}
