package dev.capstan.checkpoints;

import org.jspecify.annotations.Nullable;

/** A checkpoint could not be read. The two kinds say whether trying again can help. */
public abstract sealed class CheckpointReadException extends RuntimeException
        permits CheckpointRefusedException, CheckpointUnavailableException {
    private static final long serialVersionUID = 1L;

    CheckpointReadException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
