package dev.capstan.checkpoints;

import org.jspecify.annotations.Nullable;

/** The cluster or the registry did not answer in time: the same read may succeed later. */
public final class CheckpointUnavailableException extends CheckpointReadException {
    private static final long serialVersionUID = 1L;

    CheckpointUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
