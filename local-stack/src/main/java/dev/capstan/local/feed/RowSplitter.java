package dev.capstan.local.feed;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Cuts a table into rows, in bounded memory whatever stands in it. A row ends with its line, or, where quotes are in use,
 * with the line that closes its last quote. One thread.
 *
 * <p>A quote that is not closed within the largest row spoils the line it stands in, not the rest of the file: reading goes on
 * with the next line, and until the end of what was looked at quotes end with their line. So no byte is looked at more
 * than twice.
 */
final class RowSplitter implements Closeable {
    private static final byte QUOTE = '"';

    /**
     * One row.
     *
     * @param content without its line end; the beginning of it if there is a problem
     * @param problem why it cannot be read, if so
     */
    @SuppressWarnings("ArrayRecordComponent") // read once, by the table's reader
    record Row(byte[] content, Optional<Found.PassedOver> problem) {}

    private final InputStream in;
    private final int mostBytes;
    private final boolean quotes;
    private final byte separator;
    private byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;
    private long offset;
    private long plainUntil;
    private boolean ended;

    /**
     * @param offset of the stream's first byte in the table
     * @param separator between fields, where quotes are in use; 0 where they are not
     */
    RowSplitter(InputStream in, long offset, int mostBytes, char separator) {
        this.in = in;
        this.offset = offset;
        this.mostBytes = mostBytes;
        this.quotes = separator != 0;
        this.separator = (byte) separator;
    }

    /** Where the next row begins. */
    long offset() {
        return offset;
    }

    /** The next row, or empty at the end. */
    Optional<Row> next() throws IOException {
        boolean quoted = false;
        boolean closed = false;
        boolean fieldBegins = true;
        int length = 0;
        while (true) {
            if (start + length == end && !fill(length)) {
                if (length == 0) {
                    return Optional.empty();
                }
                return Optional.of(quoted ? unclosed(length) : row(length, length));
            }
            if (length > mostBytes) {
                return Optional.of(quoted ? unclosed(length) : tooLong(length));
            }
            byte value = buffer[start + length];
            length++;
            if (quoted) {
                quoted = value != QUOTE;
                closed = !quoted;
                continue;
            }
            if (value == '\n') {
                return Optional.of(row(length - 1, length));
            }
            if (value == QUOTE && quotes && (fieldBegins || closed) && offset >= plainUntil) {
                quoted = true;
            }
            closed = false;
            fieldBegins = value == separator;
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private Row row(int length, int consumed) {
        int content = length > 0 && buffer[start + length - 1] == '\r' ? length - 1 : length;
        byte[] bytes = Arrays.copyOfRange(buffer, start, start + content);
        consume(consumed);
        if (content > mostBytes) {
            return new Row(bytes, Optional.of(problem(content)));
        }
        return new Row(bytes, Optional.empty());
    }

    /** The first line is bad; the others of what was looked at are read again. */
    private Row unclosed(int length) throws IOException {
        int line = 0;
        while (line < length && buffer[start + line] != '\n') {
            line++;
        }
        if (line == length && length > mostBytes) {
            return tooLong(length);
        }
        plainUntil = offset + length;
        byte[] beginning = Arrays.copyOfRange(buffer, start, start + Math.min(line, 200));
        consume(Math.min(line + 1, length));
        return new Row(
                beginning,
                Optional.of(new Found.PassedOver(
                        "quote-unclosed", "a quote is not closed within " + mostBytes + " bytes or before the end")));
    }

    /** Throws the line away as it comes. */
    private Row tooLong(int length) throws IOException {
        byte[] beginning = Arrays.copyOfRange(buffer, start, start + Math.min(length, 200));
        long thrownAway = length;
        consume(length);
        while (true) {
            if (start == end && !fill(0)) {
                break;
            }
            byte value = buffer[start];
            consume(1);
            if (value == '\n') {
                break;
            }
            thrownAway++;
        }
        return new Row(beginning, Optional.of(problem(thrownAway)));
    }

    private Found.PassedOver problem(long bytes) {
        return new Found.PassedOver("row-too-long", "this row has " + bytes + " bytes, more than " + mostBytes);
    }

    private void consume(int bytes) {
        start += bytes;
        offset += bytes;
    }

    /** Reads more behind what is kept. */
    private boolean fill(int kept) throws IOException {
        if (ended) {
            return false;
        }
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, kept);
            start = 0;
            end = kept;
        }
        if (end == buffer.length) {
            buffer = Arrays.copyOf(buffer, (int) Math.min(2L * buffer.length, mostBytes + 64L * 1024));
        }
        int read = in.read(buffer, end, buffer.length - end);
        ended = read < 0;
        end += Math.max(read, 0);
        return !ended;
    }
}
