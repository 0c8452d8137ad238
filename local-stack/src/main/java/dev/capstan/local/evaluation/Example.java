package dev.capstan.local.evaluation;

import java.util.List;
import java.util.Optional;

/**
 * A picture file and what is known of it.
 *
 * @param name for messages
 * @param image content of the picture file
 * @param texts captions; may be empty
 * @param label name or number of its class, if it has one
 */
@SuppressWarnings("ArrayRecordComponent") // read once, by the evaluation
record Example(String name, byte[] image, List<String> texts, Optional<String> label) {
    Example {
        texts = List.copyOf(texts);
    }
}
