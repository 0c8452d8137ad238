package dev.capstan.console.web;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the page gets for what it asked. */
final class Outcomes {
    private Outcomes() {}

    /** Why a request was not served, in one sentence with the remedy. */
    record Problem(String error) {}

    /** The version that is live after a decision, and whether the decision changed it. */
    record Decision(long version, boolean changed) {}

    /**
     * The original of a refused pair.
     *
     * @param state read, expired or unreadable
     * @param text its text, if it was read
     * @param picture a small picture of it as a data address, if it can be decoded
     * @param why what stands in the way, if anything
     */
    record Original(
            String state,
            @Nullable String text,
            @Nullable String picture,
            @Nullable String why) {}

    /** A label and its share. */
    record Label(String label, double probability) {}

    /** The labels of a picture, or why there are none. */
    record Labelled(
            List<Label> labels,
            @Nullable Long checkpoint,
            @Nullable Long millis,
            @Nullable String problem) {
        Labelled {
            labels = List.copyOf(labels);
        }
    }

    /** The caption of a picture, or why there is none. */
    record Captioned(
            @Nullable String caption,
            @Nullable Double grounding,
            @Nullable Long checkpoint,
            @Nullable Long millis,
            @Nullable String problem) {}

    /** Both answers to one picture. */
    record Answers(Labelled labels, Captioned caption) {}

    /** Where a pair lies that somebody brought. */
    record Written(String pairId, String topic, int partition, long offset) {}
}
