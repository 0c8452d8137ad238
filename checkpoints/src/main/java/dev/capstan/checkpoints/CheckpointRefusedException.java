package dev.capstan.checkpoints;

import org.jspecify.annotations.Nullable;

/** What the log holds is missing, corrupt, over a limit or contradicts itself: it stays so until something new is written. */
public final class CheckpointRefusedException extends CheckpointReadException {
    private static final long serialVersionUID = 1L;

    CheckpointRefusedException(String message) {
        this(message, null);
    }

    CheckpointRefusedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
