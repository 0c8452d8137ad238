package dev.capstan.model.metrics;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which kinds of words captions carry over from their pictures (arXiv 2209.15162, section 4.2): of the words of a category that
 * people used of a picture, the share that its caption has too, over all pictures. A word counts once a picture, however many
 * references and however often they have it; a plural counts as its singular. Immutable.
 */
public final class WordCategoryRecall {
    private final Map<String, Set<String>> wordsByCategory;

    /**
     * @param recall share of the references' words that captions have; 0..1
     * @param precision share of the captions' words that references have; empty where captions have none of the category
     * @param words words of the category in all references, once a picture
     */
    public record Score(double recall, Optional<Double> precision, int words) {}

    /**
     * @param wordsByCategory lower-case words, singular; a word may be of several categories
     * @throws IllegalArgumentException if there is no category, or an empty one
     */
    public WordCategoryRecall(Map<String, ? extends Set<String>> wordsByCategory) {
        Map<String, Set<String>> copy = new TreeMap<>();
        wordsByCategory.forEach((category, words) -> {
            if (words.isEmpty()) {
                throw new IllegalArgumentException("the category " + category + " has no words");
            }
            copy.put(category, Set.copyOf(words));
        });
        if (copy.isEmpty()) {
            throw new IllegalArgumentException("no categories of words");
        }
        this.wordsByCategory = copy;
    }

    /**
     * @param cases tokenised
     * @return by category, in the order of names; without those that no reference has a word of
     */
    public Map<String, Score> of(List<CaptionCase> cases) {
        Map<String, Score> scores = new LinkedHashMap<>();
        wordsByCategory.forEach((category, words) -> {
            int wanted = 0;
            int written = 0;
            int right = 0;
            for (CaptionCase one : cases) {
                Set<String> ofReferences = new TreeSet<>();
                one.references().forEach(reference -> ofReferences.addAll(found(reference, words)));
                Set<String> ofCaption = found(one.candidate(), words);
                wanted += ofReferences.size();
                written += ofCaption.size();
                Set<String> both = new HashSet<>(ofCaption);
                both.retainAll(ofReferences);
                right += both.size();
            }
            if (wanted > 0) {
                Optional<Double> precision = written == 0 ? Optional.empty() : Optional.of((double) right / written);
                scores.put(category, new Score((double) right / wanted, precision, wanted));
            }
        });
        return scores;
    }

    private static Set<String> found(String text, Set<String> words) {
        Set<String> found = new TreeSet<>();
        for (String token : text.split(" ", -1)) {
            for (String form : forms(token)) {
                if (words.contains(form)) {
                    found.add(form);
                    break;
                }
            }
        }
        return found;
    }

    /** A word as it stands, then as the singular that it may be the plural of. */
    private static List<String> forms(String token) {
        if (token.endsWith("ies") && token.length() > 4) {
            return List.of(token, token.substring(0, token.length() - 3) + "y");
        }
        if (token.endsWith("es") && token.length() > 3) {
            return List.of(token, token.substring(0, token.length() - 1), token.substring(0, token.length() - 2));
        }
        return token.endsWith("s") && token.length() > 2
                ? List.of(token, token.substring(0, token.length() - 1))
                : List.of(token);
    }
}
