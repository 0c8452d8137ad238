package dev.capstan.model.metrics;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The runs of one to {@value #LONGEST} words of a text.
 *
 * @param words length of the text
 * @param counts how often each run occurs, in the order of first occurrence by length
 */
record NGrams(int words, Map<List<String>, Integer> counts) {
    static final int LONGEST = 4;

    static NGrams of(String text) {
        List<String> words =
                text.isBlank() ? List.of() : Arrays.asList(text.strip().split("\\s+"));
        Map<List<String>, Integer> counts = new LinkedHashMap<>();
        for (int length = 1; length <= LONGEST; length++) {
            for (int start = 0; start + length <= words.size(); start++) {
                counts.merge(List.copyOf(words.subList(start, start + length)), 1, Integer::sum);
            }
        }
        return new NGrams(words.size(), counts);
    }
}
