package dev.capstan.local.webdataset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The machine could not read a file: a disk, or a share that went away. Says nothing of the file's content. */
public final class DiskReadException extends IOException {
    private static final long serialVersionUID = 1L;

    public DiskReadException(Path file, IOException cause) {
        super(file + " could not be read: " + cause.getMessage(), cause);
    }

    /**
     * For whoever takes a failure for damage: ends with an {@link UncheckedIOException} of this exception if one is among the failure's causes, and
     * returns otherwise.
     */
    public static void rethrow(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof DiskReadException disk) {
                throw new UncheckedIOException(disk);
            }
        }
    }
}
