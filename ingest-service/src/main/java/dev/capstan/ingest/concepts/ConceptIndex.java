package dev.capstan.ingest.concepts;

import dev.capstan.ingest.text.Words;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds concepts in texts by whole words: a concept is named where its words stand in the text one after the other,
 * whatever their case and whatever stands between them that is no word. Immutable; any thread may ask.
 */
public final class ConceptIndex {

    /** More concepts than a text can sensibly name; the rest is left out. */
    public static final int MAX_CONCEPTS = 64;

    private final Map<String, List<Entry>> entriesByFirstWord;
    private final int concepts;

    private ConceptIndex(Map<String, List<Entry>> entriesByFirstWord, int concepts) {
        this.entriesByFirstWord = entriesByFirstWord;
        this.concepts = concepts;
    }

    /** An index of these concepts. One that has no word in it is never found. */
    public static ConceptIndex of(Collection<String> concepts) {
        Map<String, List<Entry>> entries = new HashMap<>();
        Set<String> distinct = new LinkedHashSet<>(concepts);
        for (String concept : distinct) {
            List<String> words = Words.of(concept);
            if (!words.isEmpty()) {
                entries.computeIfAbsent(words.get(0), first -> new ArrayList<>())
                        .add(new Entry(concept, words));
            }
        }
        return new ConceptIndex(entries, distinct.size());
    }

    /** How many concepts are known. */
    public int size() {
        return concepts;
    }

    /**
     * The concepts that a text names, each once, in the order of their first place in it; of several at one place, those
     * added first come first.
     *
     * @param words the text's words, from {@link Words}
     */
    public List<String> find(List<String> words) {
        Set<String> found = new LinkedHashSet<>();
        for (int position = 0; position < words.size(); position++) {
            for (Entry entry : entriesByFirstWord.getOrDefault(words.get(position), List.of())) {
                if (found.size() < MAX_CONCEPTS && entry.standsAt(words, position)) {
                    found.add(entry.concept());
                }
            }
        }
        return List.copyOf(found);
    }

    private record Entry(String concept, List<String> words) {
        boolean standsAt(List<String> text, int position) {
            int end = position + words.size();
            return end <= text.size() && text.subList(position, end).equals(words);
        }
    }
}
