package dev.capstan.corpora;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads the regular files of a tar archive (ustar with pax or GNU long names, as npm writes them) one after the other.
 * One thread; the stream is the caller's.
 */
final class TarReader {

    private static final int BLOCK = 512;
    private static final int LARGEST_FILE = 64 * 1024 * 1024;

    private final InputStream input;
    private long left;
    private long padding;

    TarReader(InputStream input) {
        this.input = input;
    }

    /**
     * Goes on to the next regular file, past whatever was not read of the current one.
     *
     * @return its path, or empty at the end of the archive
     */
    Optional<String> nextFile() throws IOException {
        String longName = "";
        while (true) {
            input.skipNBytes(left + padding);
            left = 0;
            padding = 0;
            byte[] header = input.readNBytes(BLOCK);
            if (header.length == 0 || (header.length == BLOCK && isZero(header))) {
                return Optional.empty();
            }
            if (header.length < BLOCK) {
                throw new EOFException("the archive ends within a header");
            }
            left = octal(header, 124, 12);
            padding = (BLOCK - left % BLOCK) % BLOCK;
            char type = (char) header[156];
            switch (type) {
                case '0', '\0' -> {
                    return Optional.of(longName.isEmpty() ? shortName(header) : longName);
                }
                case 'x' -> longName = paxPath(text(read()));
                case 'L' -> longName = text(read());
                default -> longName = "";
            }
        }
    }

    /** The whole of the current file. */
    byte[] read() throws IOException {
        if (left > LARGEST_FILE) {
            throw new IOException("a file of " + left + " bytes is larger than " + LARGEST_FILE);
        }
        byte[] content = input.readNBytes((int) left);
        if (content.length < left) {
            throw new EOFException("the archive ends within a file");
        }
        left = 0;
        return content;
    }

    private static boolean isZero(byte[] block) {
        for (byte value : block) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    private static String shortName(byte[] header) {
        String name = field(header, 0, 100);
        boolean ustar = field(header, 257, 5).equals("ustar");
        String prefix = ustar ? field(header, 345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    /** Records are "LENGTH KEY=VALUE\n". */
    private static String paxPath(String records) {
        for (String record : records.split("\n", -1)) {
            int key = record.indexOf(' ') + 1;
            if (record.startsWith("path=", key)) {
                return record.substring(key + "path=".length());
            }
        }
        return "";
    }

    private static String field(byte[] header, int start, int length) {
        int end = start;
        while (end < start + length && header[end] != 0) {
            end++;
        }
        return new String(header, start, end - start, StandardCharsets.UTF_8);
    }

    private static String text(byte[] content) {
        return field(content, 0, content.length);
    }

    private static long octal(byte[] header, int start, int length) throws IOException {
        String digits = field(header, start, length).strip();
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
        } catch (NumberFormatException e) {
            throw new IOException("not a tar header: size '" + digits + "'", e);
        }
    }
}
