package dev.capstan.ingest;

import org.jspecify.annotations.Nullable;

/** A policy file that cannot be used; the message names the file and every error in it. */
public final class InvalidPolicyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidPolicyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
