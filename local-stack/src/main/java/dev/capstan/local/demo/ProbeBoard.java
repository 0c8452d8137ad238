package dev.capstan.local.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What the probes found, by the version that answered. Safe for use by several threads. */
final class ProbeBoard {
    private final Map<Long, Counts> versions = new TreeMap<>();
    private final Map<String, List<Said>> examples = new TreeMap<>();
    private final List<String> shown;

    /** A caption of one version. */
    record Said(long version, String caption, boolean exact) {}

    /**
     * Results of one version.
     *
     * @param classified probes of labels answered
     * @param rightLabels with the true label first
     * @param captioned probes of captions answered
     * @param rightCaptions with the true label as the caption
     */
    record Counts(long version, long classified, long rightLabels, long captioned, long rightCaptions) {
        double topOne() {
            return classified == 0 ? 0 : (double) rightLabels / classified;
        }

        double exact() {
            return captioned == 0 ? 0 : (double) rightCaptions / captioned;
        }

        private Counts classified(boolean right) {
            return new Counts(version, classified + 1, rightLabels + (right ? 1 : 0), captioned, rightCaptions);
        }

        private Counts captioned(boolean right) {
            return new Counts(version, classified, rightLabels, captioned + 1, rightCaptions + (right ? 1 : 0));
        }
    }

    /** @param shown labels whose captions are kept to be shown */
    ProbeBoard(List<String> shown) {
        this.shown = List.copyOf(shown);
    }

    synchronized void classified(long version, String answer, String truth) {
        versions.put(version, counts(version).classified(answer.equals(truth)));
    }

    synchronized void captioned(long version, String caption, String truth) {
        boolean right = normalised(caption).equals(normalised(truth));
        versions.put(version, counts(version).captioned(right));
        if (shown.contains(truth)) {
            examples.computeIfAbsent(truth, any -> new ArrayList<>()).add(new Said(version, caption, right));
        }
    }

    /** Results of every version that answered probes, ascending. */
    synchronized List<Counts> results() {
        return List.copyOf(versions.values());
    }

    /** What was said of an example first and last. */
    synchronized Optional<List<Said>> firstAndLast(String label) {
        List<Said> all = examples.getOrDefault(label, List.of());
        return all.isEmpty() ? Optional.empty() : Optional.of(List.of(all.get(0), all.get(all.size() - 1)));
    }

    List<String> shown() {
        return shown;
    }

    private Counts counts(long version) {
        return versions.getOrDefault(version, new Counts(version, 0, 0, 0, 0));
    }

    private static String normalised(String text) {
        return text.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
    }
}
