package dev.capstan.ingest.text;

import java.util.Comparator;
import java.util.Map;

/**
 * In which language a text is.
 *
 * @param probabilities by ISO 639-1 code; empty if no language can be seen
 */
public record DetectedLanguage(Map<String, Double> probabilities) {

    /** No language can be seen. */
    public static final DetectedLanguage UNKNOWN = new DetectedLanguage(Map.of());

    public DetectedLanguage {
        probabilities = Map.copyOf(probabilities);
    }

    public boolean isKnown() {
        return !probabilities.isEmpty();
    }

    public double probability(String language) {
        return probabilities.getOrDefault(language, 0.0);
    }

    /** The most probable language. */
    public String mostProbable() {
        return probabilities.entrySet().stream()
                .max(Map.Entry.<String, Double>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .orElseThrow()
                .getKey();
    }
}
