package dev.capstan.schemas;

import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/** The bytes of a record can never be read: trying again is of no use, the record belongs in a rejected topic. */
public final class PoisonRecordException extends SerializationException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message one sentence that names the value
     * @param cause what the reader threw, or null
     */
    public PoisonRecordException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
