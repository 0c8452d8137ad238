package dev.capstan.local.stack;

import org.jspecify.annotations.Nullable;

/** The stack cannot be started or reached; the message says why and what to do. */
public final class StackException extends RuntimeException {
    public StackException(String message) {
        this(message, null);
    }

    public StackException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
