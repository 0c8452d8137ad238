package dev.capstan.inference.labels;

import dev.capstan.inference.labels.LabelSetEntry.Unusable;
import dev.capstan.inference.labels.LabelSetEntry.Usable;
import dev.capstan.schemas.records.LabelSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest label set of each name, within bounds. Written by one thread; {@link #find} and {@link #usable} by any.
 *
 * <p>A set that breaks a rule stays known with its problem, so that whoever names it in a request learns why. A set of a
 * new name beyond {@link LabelSetLimits#maxSets} is dropped.
 */
public final class LabelSetTable {
    private static final Logger LOG = LoggerFactory.getLogger(LabelSetTable.class);

    private final LabelSetLimits limits;
    private volatile Map<String, LabelSetEntry> entries = Map.of();

    public LabelSetTable(LabelSetLimits limits) {
        this.limits = limits;
    }

    /** What a name stands for, or empty if no set has it. */
    public Optional<LabelSetEntry> find(String name) {
        return Optional.ofNullable(entries.get(name));
    }

    /** Every set that requests may name. */
    public List<LabelTexts> usable() {
        return entries.values().stream()
                .flatMap(entry -> entry.texts().stream())
                .toList();
    }

    void put(String name, LabelSet set) {
        Map<String, LabelSetEntry> next = new HashMap<>(entries);
        next.remove(name);
        if (next.size() >= limits.maxSets()) {
            LOG.warn("label set dropped labelSet={} sets={} maxSets={}", name, next.size(), limits.maxSets());
            return;
        }
        LabelSetEntry entry = judge(set, labels(next));
        next.put(name, entry);
        entries = Map.copyOf(next);
        if (entry.texts().isEmpty()) {
            LOG.warn("label set unusable labelSet={} problem={}", name, entry.problem());
            return;
        }
        LOG.info("label set loaded labelSet={} labels={}", name, set.getLabels().size());
    }

    void remove(String name) {
        Map<String, LabelSetEntry> next = new HashMap<>(entries);
        if (next.remove(name) != null) {
            entries = Map.copyOf(next);
            LOG.info("label set removed labelSet={}", name);
        }
    }

    private LabelSetEntry judge(LabelSet set, long otherLabels) {
        if (set.getLabels().isEmpty()) {
            return new Unusable("it has no labels");
        }
        if (set.getLabels().stream().anyMatch(String::isBlank)) {
            return new Unusable("it has a blank label");
        }
        List<String> templates = set.getTemplates().isEmpty() ? LabelTexts.PLAIN : set.getTemplates();
        for (String template : templates) {
            if (!template.contains(LabelTexts.PLACEHOLDER)) {
                return new Unusable("a template lacks " + LabelTexts.PLACEHOLDER);
            }
        }
        if (longest(set.getLabels()) > limits.maxTextCharacters() || longest(templates) > limits.maxTextCharacters()) {
            return new Unusable("a label or template has more than " + limits.maxTextCharacters() + " characters");
        }
        LabelTexts texts = new LabelTexts(set.getLabels(), templates);
        if (texts.texts() > limits.maxTexts()) {
            return new Unusable(texts.labels().size() + " labels with "
                    + texts.templates().size() + " templates are " + texts.texts() + " texts, at most "
                    + limits.maxTexts() + " are embedded");
        }
        if (texts.labels().size() + otherLabels > limits.maxTotalLabels()) {
            return new Unusable(
                    "all label sets together may have " + limits.maxTotalLabels() + " labels, the others have "
                            + otherLabels + " and it has " + texts.labels().size());
        }
        return new Usable(texts);
    }

    private static long labels(Map<String, LabelSetEntry> entries) {
        return entries.values().stream()
                .flatMap(entry -> entry.texts().stream())
                .mapToLong(texts -> texts.labels().size())
                .sum();
    }

    private static int longest(List<String> texts) {
        return texts.stream().mapToInt(String::length).max().orElse(0);
    }
}
