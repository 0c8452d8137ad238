package dev.capstan.schemas;

import java.util.List;

/** Topics exist with settings that Capstan cannot work with. The message names each topic, setting and need. */
public final class IncompatibleTopicsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    IncompatibleTopicsException(List<String> problems) {
        super("Topics exist with settings that Capstan cannot work with; alter or rename them: "
                + String.join("; ", problems));
    }
}
