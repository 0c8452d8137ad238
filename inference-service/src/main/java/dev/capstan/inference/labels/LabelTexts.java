package dev.capstan.inference.labels;

import java.util.List;

/**
 * Labels and the templates that make prompts of them: what a model needs to embed them, and the key under which it keeps
 * the embeddings.
 *
 * @param labels the classes, each once
 * @param templates prompt templates with {@value #PLACEHOLDER} for the label
 */
public record LabelTexts(List<String> labels, List<String> templates) {
    /** Stands for the label in a template. */
    public static final String PLACEHOLDER = "{}";

    /** The label alone. */
    public static final List<String> PLAIN = List.of(PLACEHOLDER);

    public LabelTexts {
        labels = labels.stream().distinct().toList();
        templates = templates.stream().distinct().toList();
        if (labels.isEmpty() || templates.isEmpty()) {
            throw new IllegalArgumentException(
                    "Needs labels and templates, has " + labels.size() + " and " + templates.size());
        }
    }

    /** How many texts a model embeds for it. */
    public long texts() {
        return (long) labels.size() * templates.size();
    }
}
