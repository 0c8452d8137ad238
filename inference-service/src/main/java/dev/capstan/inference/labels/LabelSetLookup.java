package dev.capstan.inference.labels;

import java.util.Optional;

/** Finds the label set that a request names. */
@FunctionalInterface
public interface LabelSetLookup {
    /**
     * @param set the set, or empty if it cannot be used
     * @param reason short reason if it cannot, else empty
     * @param detail one sentence if it cannot, else empty
     */
    record Answer(Optional<LabelTexts> set, String reason, String detail) {}

    /** @throws org.apache.kafka.common.errors.TimeoutException if it cannot be told now */
    Answer find(String name);
}
