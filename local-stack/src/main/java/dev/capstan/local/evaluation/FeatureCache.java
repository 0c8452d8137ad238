package dev.capstan.local.evaluation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * What a frozen image encoder makes of pictures, kept in a file so that it is computed once: by the digest of the picture's
 * content, one file an encoder. Only the digests are in memory; a bound limits the file, past which nothing more is kept.
 *
 * <p>The file, little-endian: magic and version, digest of the encoder, floats of a picture; then records of one size, each a
 * picture's SHA-256, its floats, and their CRC-32. A record that a crash has torn is no record: what is cut short is cut off,
 * what fails its check is written anew. One thread; a lock keeps other processes out until {@link #close}.
 */
final class FeatureCache implements AutoCloseable {
    private static final long MAGIC = 0x31_54_41_45_46_50_41_43L; // CAPFEAT1
    private static final int DIGEST_BYTES = 32;
    private static final int HEADER_BYTES = Long.BYTES + 2 * DIGEST_BYTES + Integer.BYTES;
    private static final int NAME_LENGTH = 16;

    private final Path file;
    private final FileChannel channel;
    private final int floats;
    private final long mostRecords;
    private final Map<Key, Long> places = new HashMap<>();
    private final ByteBuffer record;

    /** SHA-256 of a picture's content. */
    record Key(long a, long b, long c, long d) {
        static Key of(byte[] content) {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
                return of(ByteBuffer.wrap(digest).order(ByteOrder.LITTLE_ENDIAN));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }

        private static Key of(ByteBuffer bytes) {
            return new Key(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
        }

        private void put(ByteBuffer target) {
            target.putLong(a).putLong(b).putLong(c).putLong(d);
        }
    }

    private FeatureCache(Path file, FileChannel channel, int floats, long mostBytes) {
        this.file = file;
        this.channel = channel;
        this.floats = floats;
        this.record = ByteBuffer.allocate(recordBytes(floats)).order(ByteOrder.LITTLE_ENDIAN);
        this.mostRecords = Math.max(0, (mostBytes - HEADER_BYTES) / recordBytes(floats));
    }

    /**
     * Opens or begins an encoder's file.
     *
     * @param encoder lower-case hex digest of the encoder
     * @param floats of a picture
     * @param mostBytes bound of the file
     * @throws IOException if the file is another process's, or not such a file
     */
    static FeatureCache open(Path directory, String encoder, int floats, long mostBytes) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve(encoder.substring(0, NAME_LENGTH) + ".features");
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            lock(file, channel);
            FeatureCache cache = new FeatureCache(file, channel, floats, mostBytes);
            cache.begin(encoder);
            return cache;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Held until the channel is closed. */
    private static void lock(Path file, FileChannel channel) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw new IOException(file + " is in use by another run: wait for it, or keep features elsewhere");
        }
    }

    private static int recordBytes(int floats) {
        return Math.addExact(DIGEST_BYTES + Integer.BYTES, Math.multiplyExact(floats, Float.BYTES));
    }

    private void begin(String encoder) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(MAGIC).put(encoder.getBytes(StandardCharsets.US_ASCII)).putInt(floats);
        if (header.hasRemaining()) {
            throw new IllegalArgumentException("the digest of an encoder has 64 digits: " + encoder);
        }
        header.flip();
        if (channel.size() < HEADER_BYTES) {
            channel.truncate(0);
            write(header, 0);
            return;
        }
        ByteBuffer found = ByteBuffer.allocate(HEADER_BYTES);
        read(found, 0);
        if (!found.flip().equals(header)) {
            throw new IOException(file + " keeps no features of this encoder: delete it, or keep features elsewhere");
        }
        long records = (channel.size() - HEADER_BYTES) / recordBytes(floats);
        channel.truncate(place(records));
        ByteBuffer digest = ByteBuffer.allocate(DIGEST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long number = 0; number < records; number++) {
            read(digest.clear(), place(number));
            places.put(Key.of(digest.flip()), number);
        }
    }

    /** Pictures that are kept. */
    int size() {
        return places.size();
    }

    /** What is kept of a picture. */
    Optional<float[]> get(Key picture) throws IOException {
        Long number = places.get(picture);
        if (number == null) {
            return Optional.empty();
        }
        read(record.clear(), place(number));
        record.flip();
        int check = check();
        boolean whole = Key.of(record).equals(picture);
        float[] features = new float[floats];
        record.asFloatBuffer().get(features);
        whole &= record.getInt(record.limit() - Integer.BYTES) == check;
        return whole ? Optional.of(features) : Optional.empty();
    }

    /** Keeps what an encoder made of a picture, if there is room. */
    void put(Key picture, float[] features) throws IOException {
        if (features.length != floats) {
            throw new IllegalArgumentException(features.length + " features for records of " + floats);
        }
        long number = places.getOrDefault(picture, (long) places.size());
        if (number >= mostRecords) {
            return;
        }
        record.clear();
        picture.put(record);
        record.asFloatBuffer().put(features);
        record.putInt(record.limit() - Integer.BYTES, check());
        write(record.rewind(), place(number));
        places.put(picture, number);
    }

    /** Of the digest and the floats in the buffer. */
    private int check() {
        CRC32 crc = new CRC32();
        crc.update(record.array(), 0, record.limit() - Integer.BYTES);
        return (int) crc.getValue();
    }

    private long place(long number) {
        return HEADER_BYTES + number * recordBytes(floats);
    }

    private void read(ByteBuffer target, long position) throws IOException {
        while (target.hasRemaining()) {
            if (channel.read(target, position + target.position()) < 0) {
                throw new IOException(file + " ends in the middle of a record");
            }
        }
    }

    private void write(ByteBuffer source, long position) throws IOException {
        while (source.hasRemaining()) {
            channel.write(source, position + source.position());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
