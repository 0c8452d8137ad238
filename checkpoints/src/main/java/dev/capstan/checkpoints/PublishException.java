package dev.capstan.checkpoints;

import org.jspecify.annotations.Nullable;

/**
 * A publish did not end with a known commit. Whoever trains drops the weights in memory and goes on from the last
 * committed checkpoint; the kind says how.
 */
public abstract sealed class PublishException extends RuntimeException
        permits PublishAbortedException, PublishUncertainException, WriterFencedException {
    private static final long serialVersionUID = 1L;

    PublishException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
