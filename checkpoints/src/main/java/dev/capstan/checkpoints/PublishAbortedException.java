package dev.capstan.checkpoints;

import org.jspecify.annotations.Nullable;

/** Nothing of the publish is visible, nor will be. {@link CheckpointWriter#initialise()} makes the writer ready again. */
public final class PublishAbortedException extends PublishException {
    private static final long serialVersionUID = 1L;

    PublishAbortedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
