package dev.capstan.corpora;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Something that has a name and can be drawn.
 *
 * @param name short name in lower case, unique in its {@link Pictures}: the true label
 * @param keyWords further words for it, without the name itself
 * @param category where it belongs, for example "Animals & Nature"
 * @param subcategory where it belongs within the category, for example "animal-mammal"
 * @param novelty whether the base weights know it
 * @param mirrorable whether its mirror image shows the same
 * @param pictures its drawing by each vendor that has one, in the order of the vendors
 */
public record Concept(
        String name,
        List<String> keyWords,
        String category,
        String subcategory,
        Novelty novelty,
        boolean mirrorable,
        Map<String, Picture> pictures) {

    public Concept {
        if (name.isBlank() || pictures.isEmpty()) {
            throw new IllegalArgumentException("a concept needs a name and a picture: '" + name + "'");
        }
        keyWords = List.copyOf(keyWords);
        pictures = Collections.unmodifiableMap(new LinkedHashMap<>(pictures));
    }

    public boolean isNew() {
        return novelty == Novelty.NEW;
    }
}
