package dev.capstan.checkpoints;

import org.jspecify.annotations.Nullable;

/**
 * The commit was asked for and the answer did not come: the checkpoint is wholly there or wholly not.
 * {@link CheckpointWriter#initialise()} settles which; the log then tells.
 */
public final class PublishUncertainException extends PublishException {
    private static final long serialVersionUID = 1L;

    PublishUncertainException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
