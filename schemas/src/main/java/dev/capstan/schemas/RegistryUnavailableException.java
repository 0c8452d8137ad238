package dev.capstan.schemas;

import org.apache.kafka.common.errors.SerializationException;

/** The schema registry did not answer: the record is sound as far as anyone knows, and must be tried again. */
public final class RegistryUnavailableException extends SerializationException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message one sentence that names the subject or id
     * @param cause what the client threw
     */
    public RegistryUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
