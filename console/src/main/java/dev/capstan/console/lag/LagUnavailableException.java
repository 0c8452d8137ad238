package dev.capstan.console.lag;

/** The cluster did not say where its groups are. */
public final class LagUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LagUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
