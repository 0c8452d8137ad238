package dev.capstan.local.feed;

import dev.capstan.local.webdataset.DiskReadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;

/** A file that gives no more than its reader was allowed: what holds headers of any length in memory is given few bytes. */
final class BudgetChannel implements SeekableByteChannel {
    private final Path path;
    private final SeekableByteChannel file;
    private long left = Long.MAX_VALUE;

    /** @param path of the file, for messages */
    BudgetChannel(Path path, SeekableByteChannel file) {
        this.path = path;
        this.file = file;
    }

    /** From here on no more than this. */
    void allow(long bytes) {
        left = bytes;
    }

    /** From here on everything. */
    void allowAll() {
        left = Long.MAX_VALUE;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (left <= 0) {
            throw new IOException("a record's headers have no end");
        }
        int read = readFile(target);
        left -= Math.max(read, 0);
        return read;
    }

    private int readFile(ByteBuffer target) throws IOException {
        try {
            return file.read(target);
        } catch (IOException e) {
            throw new DiskReadException(path, e);
        }
    }

    @Override
    public int write(ByteBuffer source) {
        throw new UnsupportedOperationException("feeds are read");
    }

    @Override
    public long position() throws IOException {
        return file.position();
    }

    @Override
    public SeekableByteChannel position(long position) throws IOException {
        file.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new UnsupportedOperationException("feeds are read");
    }

    @Override
    public boolean isOpen() {
        return file.isOpen();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
