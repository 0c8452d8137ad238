package dev.capstan.local.webdataset;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Opens a file, unpacked if its name ends with {@code .gz} or {@code .tgz}, at a byte of the unpacked content. A gzip file
 * that unpacks to more than {@value #RATIO} times its size ends with an exception: deflate reaches 1,032, tables of texts
 * about 20.
 */
public final class Unpacked {
    static final int RATIO = 200;
    private static final long FREE_BYTES = 16L << 20;
    private static final int BUFFER = 64 * 1024;

    private Unpacked() {}

    /** Counts what is read. */
    private static final class Counted extends FilterInputStream {
        private long count;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            count += value < 0 ? 0 : 1;
            return value;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, length);
            count += Math.max(read, 0);
            return read;
        }

        @Override
        public long skip(long wanted) throws IOException {
            long skipped = super.skip(wanted);
            count += skipped;
            return skipped;
        }
    }

    /** Compares what went in with what comes out. */
    private static final class Ratio extends FilterInputStream {
        private final Path file;
        private final Counted packed;
        private long unpacked;

        Ratio(Path file, Counted packed, InputStream unpacking) {
            super(unpacking);
            this.file = file;
            this.packed = packed;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, length);
            unpacked += Math.max(read, 0);
            if (unpacked > FREE_BYTES + RATIO * packed.count) {
                throw new CompressionRatioException(file + " unpacks to more than " + RATIO
                        + " times its size: unpack it yourself if you trust it");
            }
            return read;
        }

        @Override
        public long skip(long wanted) throws IOException {
            byte[] thrownAway = new byte[(int) Math.min(BUFFER, Math.max(wanted, 1))];
            long skipped = 0;
            while (skipped < wanted) {
                int read = read(thrownAway, 0, (int) Math.min(thrownAway.length, wanted - skipped));
                if (read < 0) {
                    break;
                }
                skipped += read;
            }
            return skipped;
        }
    }

    /** Whether a file is unpacked when it is opened. */
    public static boolean isPacked(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return name.endsWith(".gz") || name.endsWith(".tgz");
    }

    /**
     * @param offset byte of the unpacked content at which the stream begins
     * @throws IOException if the file cannot be read or ends before the offset
     */
    public static InputStream open(Path file, long offset) throws IOException {
        InputStream raw = DiskInput.open(file);
        try {
            if (!isPacked(file)) {
                raw.skipNBytes(offset);
                return new BufferedInputStream(raw, BUFFER);
            }
            Counted packed = new Counted(new BufferedInputStream(raw, BUFFER));
            InputStream unpacked = new Ratio(file, packed, new GzipCompressorInputStream(packed, true));
            unpacked.skipNBytes(offset);
            return new BufferedInputStream(unpacked, BUFFER);
        } catch (IOException | RuntimeException e) {
            raw.close();
            throw e;
        }
    }
}
