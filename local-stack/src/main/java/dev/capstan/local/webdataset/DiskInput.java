package dev.capstan.local.webdataset;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file's bytes; tells failures of the machine by {@link DiskReadException} from all others that readers above it find. */
public final class DiskInput extends FilterInputStream {
    private final Path file;

    private DiskInput(Path file, InputStream in) {
        super(in);
        this.file = file;
    }

    public static InputStream open(Path file) throws IOException {
        return new DiskInput(file, Files.newInputStream(file));
    }

    @Override
    public int read() throws IOException {
        try {
            return super.read();
        } catch (IOException e) {
            throw new DiskReadException(file, e);
        }
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        try {
            return super.read(target, offset, length);
        } catch (IOException e) {
            throw new DiskReadException(file, e);
        }
    }
}
