package dev.capstan.local.feed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * Addresses with texts from a Parquet file. A place counts rows. Of a row group only the two columns are read, into memory
 * as they are packed, within {@link FeedLimits#ROW_GROUP_BYTES}. A row group that cannot be read costs its own rows.
 */
final class ParquetRows implements PairReader {
    private static final int TAIL = 8;

    private final ParquetFileReader file;
    private final MessageType columns;
    private final String url;
    private final String text;
    private final FeedLimits limits;
    private final List<BlockMetaData> groups;
    private int group = -1;
    private long firstRow;
    private long rowsOfGroup;
    private long row;
    private long startRow;
    private @Nullable RecordReader<Group> rows;

    private ParquetRows(
            ParquetFileReader file, MessageType columns, String url, String text, long startRow, FeedLimits limits) {
        this.file = file;
        this.columns = columns;
        this.url = url;
        this.text = text;
        this.limits = limits;
        this.startRow = startRow;
        this.row = startRow;
        this.groups = file.getRowGroups();
    }

    static PairReader open(Path path, long offset, Columns columns, FeedLimits limits) throws IOException {
        try {
            checkFooter(path);
            ParquetReadOptions options = ParquetReadOptions.builder(new PlainParquetConfiguration())
                    .withCodecFactory(new BoundedCodecs(FeedLimits.COLUMN_PAGE_BYTES))
                    .withMaxAllocationInBytes(FeedLimits.COLUMN_PAGE_BYTES)
                    .build();
            ParquetFileReader file = ParquetFileReader.open(new LocalInputFile(path), options);
            try {
                return open(file, offset, columns, limits);
            } catch (RuntimeException e) {
                file.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            return new Refused(
                    () -> {},
                    new Found.PassedOver("parquet-unreadable", path + " is no readable Parquet file: " + message(e)),
                    offset);
        }
    }

    private static PairReader open(ParquetFileReader file, long offset, Columns columns, FeedLimits limits) {
        MessageType schema = file.getFileMetaData().getSchema();
        List<String> names = schema.getFields().stream().map(Type::getName).toList();
        Optional<Columns.Found> places = columns.in(names);
        if (places.isEmpty()) {
            return new Refused(file, columns.missing(names), offset);
        }
        Type url = schema.getType(places.get().url());
        Type text = schema.getType(places.get().text());
        for (Type type : List.of(url, text)) {
            if (!type.isPrimitive()
                    || type.isRepetition(Type.Repetition.REPEATED)
                    || type.asPrimitiveType().getPrimitiveTypeName() != PrimitiveTypeName.BINARY) {
                return new Refused(
                        file,
                        new Found.PassedOver(
                                "column-no-text", "column \"" + type.getName() + "\" holds no texts but " + type),
                        offset);
            }
        }
        List<Type> wanted = url.equals(text) ? List.of(url) : List.of(url, text);
        MessageType requested = new MessageType(schema.getName(), wanted);
        file.setRequestedSchema(requested);
        return new ParquetRows(file, requested, url.getName(), text.getName(), offset, limits);
    }

    @Override
    public Optional<Found> next() {
        while (true) {
            if (rows == null || row >= firstRow + rowsOfGroup) {
                rows = null;
                if (group + 1 >= groups.size()) {
                    return Optional.empty();
                }
                Optional<Found> problem = nextGroup();
                if (problem.isPresent()) {
                    return problem;
                }
                continue;
            }
            RecordReader<Group> open = rows;
            try {
                Group record = open.read();
                long at = row++;
                if (at < startRow) {
                    continue;
                }
                return Optional.of(found(at, record));
            } catch (RuntimeException e) {
                return Optional.of(lostGroup("it cannot be read on at row " + row + ": " + message(e)));
            }
        }
    }

    @Override
    public Place place() {
        return new Place(Math.max(row, startRow), 0);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private Optional<Found> nextGroup() {
        firstRow += rowsOfGroup;
        group++;
        BlockMetaData next = groups.get(group);
        rowsOfGroup = Math.max(0, next.getRowCount());
        row = firstRow;
        if (firstRow + rowsOfGroup <= startRow) {
            row = firstRow + rowsOfGroup;
            return Optional.empty();
        }
        long bytes = bytes(next);
        if (bytes < 0 || bytes > FeedLimits.ROW_GROUP_BYTES) {
            return Optional.of(lostGroup("its two columns take " + bytes + " bytes, more than "
                    + FeedLimits.ROW_GROUP_BYTES + ": write smaller row groups"));
        }
        try {
            PageReadStore pages = file.readRowGroup(group);
            rows = new ColumnIOFactory().getColumnIO(columns).getRecordReader(pages, new GroupRecordConverter(columns));
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.of(lostGroup("it cannot be read: " + message(e)));
        }
    }

    private Found lostGroup(String why) {
        long from = Math.max(row, startRow);
        rows = null;
        row = firstRow + rowsOfGroup;
        return new Found.PassedOver(
                "row-group-lost",
                "rows " + from + " to " + (row - 1) + " are passed over with their row group: " + why);
    }

    private Found found(long at, @Nullable Group record) {
        if (record == null || record.getFieldRepetitionCount(url) == 0 || record.getFieldRepetitionCount(text) == 0) {
            return new Found.PassedOver("fields-missing", "row " + at + " has no address or no text");
        }
        byte[] words = record.getBinary(text, 0).getBytes();
        Optional<String> address = Utf8.decode(record.getBinary(url, 0).getBytes());
        if (words.length > limits.rowBytes()) {
            return new Found.PassedOver("row-too-long", "row " + at + " has a text of " + words.length + " bytes");
        }
        Optional<String> decoded = Utf8.decode(words);
        if (address.isEmpty() || decoded.isEmpty()) {
            return new Found.PassedOver("not-utf8", "row " + at + " is no UTF-8");
        }
        Found found = Addresses.of(address.get(), decoded.get(), limits);
        if (found instanceof Found.PassedOver problem) {
            return new Found.PassedOver(problem.reason(), "row " + at + ": " + problem.detail());
        }
        return found;
    }

    private long bytes(BlockMetaData block) {
        Set<String> names = Set.of(url, text.equals(url) ? "" : text);
        long sum = 0;
        for (ColumnChunkMetaData chunk : block.getColumns()) {
            if (names.contains(chunk.getPath().toDotString())) {
                sum += chunk.getTotalSize() < 0 ? Long.MIN_VALUE / 4 : chunk.getTotalSize();
            }
        }
        return sum;
    }

    /** The file says how large its footer is; a lie must not be given memory. */
    private static void checkFooter(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            if (channel.size() < TAIL + 4) {
                throw new IOException("it has only " + channel.size() + " bytes");
            }
            ByteBuffer tail = ByteBuffer.allocate(TAIL).order(ByteOrder.LITTLE_ENDIAN);
            while (tail.hasRemaining() && channel.read(tail, channel.size() - TAIL + tail.position()) >= 0) {
                // On until it is full.
            }
            int footer = tail.getInt(0);
            if (footer < 0 || footer > FeedLimits.FOOTER_BYTES || footer > channel.size() - TAIL) {
                throw new IOException("its footer would have " + footer + " bytes");
            }
        }
    }

    private static String message(Exception failure) {
        return Utf8.shortened(String.valueOf(failure.getMessage()));
    }
}
