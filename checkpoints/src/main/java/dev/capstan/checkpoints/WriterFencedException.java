package dev.capstan.checkpoints;

import org.jspecify.annotations.Nullable;

/**
 * Another writer with the same transactional id took over. Nothing of this writer's open transaction is visible. A process that
 * has a twin must stop: to initialise again would fence the twin in turn.
 */
public final class WriterFencedException extends PublishException {
    private static final long serialVersionUID = 1L;

    WriterFencedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
