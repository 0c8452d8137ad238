package dev.capstan.model.tensors;

import java.io.IOException;

/** A weights or configuration file that is not what it claims to be. The message names the file and the fault. */
public final class WeightsFormatException extends IOException {
    public WeightsFormatException(String message) {
        super(message);
    }

    public WeightsFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
