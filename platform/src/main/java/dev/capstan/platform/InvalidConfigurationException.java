package dev.capstan.platform;

import java.util.List;

/** A configuration with errors; the message names every key and what to give. */
public final class InvalidConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InvalidConfigurationException(List<String> errors) {
        super("The configuration has " + errors.size() + (errors.size() == 1 ? " error: " : " errors: ")
                + String.join("; ", errors));
    }
}
