package dev.capstan.inference.labels;

import java.util.Optional;

/** What a name of topic labels.sets stands for. */
public sealed interface LabelSetEntry {
    /** The labels and their templates, or empty if the set cannot be used. */
    Optional<LabelTexts> texts();

    /** Why the set cannot be used; empty where it can. */
    String problem();

    /** A set that requests may name. */
    record Usable(LabelTexts set) implements LabelSetEntry {
        @Override
        public Optional<LabelTexts> texts() {
            return Optional.of(set);
        }

        @Override
        public String problem() {
            return "";
        }
    }

    /** A set that stands in the topic but breaks a rule. */
    record Unusable(String problem) implements LabelSetEntry {
        @Override
        public Optional<LabelTexts> texts() {
            return Optional.empty();
        }
    }
}
