package dev.capstan.local.webdataset;

import java.io.Closeable;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a webdataset archive: a tar file, packed or not, in which files that follow each other and share a name up to its
 * first dot are one example. Nothing is unpacked to disk, so that a name is a name and never a path. One thread.
 *
 * <p>Holds one example at a time, of each extension the newest file, none larger than the caller allows. What the archive
 * says of sizes is never trusted with memory: content is read as it comes, and headers from a budget.
 */
public final class WebdatasetReader implements Closeable {
    private static final int BLOCK = 512;

    /** Most bytes from one entry's content to the next one's: headers, long names and pax records. */
    private static final long HEADER_BYTES = 1L << 20;

    /** How large a file may be, by what its name has after the first dot. */
    @FunctionalInterface
    public interface Wanted {
        /**
         * @param extension lower case
         * @return most bytes; 0 if such files are not wanted
         */
        int mostBytes(String extension);
    }

    /** What comes next in the archive. */
    public sealed interface Item {}

    /**
     * Files that belong together.
     *
     * @param key their name up to its first dot
     * @param files content by extension, lower case
     */
    public record Example(String key, Map<String, byte[]> files) implements Item {
        public Example {
            files = Map.copyOf(files);
        }
    }

    /**
     * Something that belongs to no example.
     *
     * @param reason one of a few words, for counting
     * @param detail one sentence for a person
     */
    public record Problem(String reason, String detail) implements Item {}

    /** Counts, and refuses to go further than it is allowed to. */
    private static final class Budget extends FilterInputStream {
        private long count;
        private long most = Long.MAX_VALUE;

        Budget(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length > 0 && count >= most) {
                throw new IOException("the headers of an entry take more than " + HEADER_BYTES + " bytes");
            }
            int read = super.read(target, offset, (int) Math.min(length, most - count));
            count += Math.max(read, 0);
            return read;
        }

        @Override
        public long skip(long wanted) throws IOException {
            long skipped = super.skip(Math.min(wanted, most - count));
            count += skipped;
            return skipped;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }

    private final Path file;
    private final Wanted wanted;
    private final Budget bytes;
    private final TarArchiveInputStream tar;
    private final long begin;
    private final Map<String, byte[]> parts = new LinkedHashMap<>();
    private @Nullable String key;
    private @Nullable TarArchiveEntry pending;
    private long nextHeader;
    private long offset;
    private boolean ended;
    private @Nullable Problem damage;

    private WebdatasetReader(Path file, InputStream content, long begin, Wanted wanted) {
        this.file = file;
        this.wanted = wanted;
        this.begin = begin;
        this.offset = begin;
        this.nextHeader = begin;
        bytes = new Budget(content);
        tar = new TarArchiveInputStream(bytes);
    }

    /**
     * @param offset where an example begins, as {@link #offset} said
     * @throws IOException if the file cannot be opened
     */
    public static WebdatasetReader open(Path file, long offset, Wanted wanted) throws IOException {
        return new WebdatasetReader(file, Unpacked.open(file, offset), offset, wanted);
    }

    /** The next example or problem; empty at the end. Damage is a problem, and the end. */
    public Optional<Item> next() {
        while (!ended) {
            TarArchiveEntry entry = pending;
            long header = nextHeader;
            if (entry == null) {
                try {
                    bytes.most = bytes.count + HEADER_BYTES;
                    entry = tar.getNextEntry();
                    bytes.most = Long.MAX_VALUE;
                } catch (IOException | RuntimeException e) {
                    DiskReadException.rethrow(e);
                    return damaged(e, header);
                }
            }
            if (entry == null) {
                ended = true;
                return example(begin + bytes.count);
            }
            String name = entry.getName();
            int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
            String entryKey = dot < 0 ? name : name.substring(0, dot);
            if (pending == null && entry.isFile() && dot >= 0 && key != null && !entryKey.equals(key)) {
                pending = entry;
                Optional<Item> done = example(header);
                if (done.isPresent()) {
                    return done;
                }
            }
            pending = null;
            try {
                Optional<Item> problem = take(entry, entryKey, dot < 0 ? "" : name.substring(dot + 1), header);
                if (problem.isPresent()) {
                    return problem;
                }
            } catch (IOException | RuntimeException e) {
                DiskReadException.rethrow(e);
                return damaged(e, header);
            }
        }
        Optional<Item> last = Optional.ofNullable(damage);
        damage = null;
        return last;
    }

    /** Where the example begins that is being read: a byte of the unpacked archive. */
    public long offset() {
        return offset;
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }

    /** Reads the content of an entry, or passes over it. */
    private Optional<Item> take(TarArchiveEntry entry, String entryKey, String extension, long header)
            throws IOException {
        if (entry.isSparse()) {
            throw new IOException(shortened(entry.getName()) + " is a sparse file: write the archive without them");
        }
        String suffix = extension.toLowerCase(Locale.ROOT);
        int most = entry.isFile() ? wanted.mostBytes(suffix) : 0;
        boolean fits = entry.getSize() <= most;
        byte[] content = new byte[0];
        if (most > 0 && fits) {
            content = tar.readNBytes((int) entry.getSize());
            if (content.length < entry.getSize()) {
                throw new EOFException("it ends within " + shortened(entry.getName()));
            }
        } else {
            tar.skipNBytes(entry.getSize());
        }
        nextHeader = begin + roundedUp(bytes.count);
        if (!entry.isFile()) {
            return Optional.empty();
        }
        if (extension.isEmpty()) {
            return Optional.of(
                    new Problem("no-extension", where(header) + shortened(entry.getName()) + " has no extension"));
        }
        if (key == null) {
            key = entryKey;
            offset = header;
        }
        if (most == 0) {
            return Optional.empty();
        }
        if (!fits) {
            return Optional.of(new Problem(
                    "too-large",
                    where(header) + shortened(entry.getName()) + " has " + entry.getSize() + " bytes, more than "
                            + most));
        }
        parts.put(suffix, content);
        return Optional.empty();
    }

    /** What was collected, if anything; reading goes on at the header. */
    private Optional<Item> example(long header) {
        String finished = key;
        key = null;
        offset = header;
        if (finished == null) {
            return Optional.empty();
        }
        Example example = new Example(finished, parts);
        parts.clear();
        return Optional.of(example);
    }

    /** The end; what was collected before the damage comes first. */
    private Optional<Item> damaged(Exception cause, long header) {
        ended = true;
        String reason = cause instanceof CompressionRatioException ? "compression-ratio" : "archive-damaged";
        Problem problem = new Problem(
                reason, where(begin + bytes.count) + "the archive cannot be read on: " + cause.getMessage());
        if (key == null) {
            return Optional.of(problem);
        }
        damage = problem;
        return example(header);
    }

    private String where(long at) {
        return file + " at byte " + at + ": ";
    }

    private long roundedUp(long count) {
        return (count + BLOCK - 1) / BLOCK * BLOCK;
    }

    private static String shortened(String name) {
        return name.length() <= 200 ? name : name.substring(0, 200) + "...";
    }
}
