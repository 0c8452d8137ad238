package dev.capstan.corpora;

import java.util.List;

/**
 * An entry of a dictionary.
 *
 * @param lemmas the words that mean it, in lower case, the commonest first
 * @param meaning what they mean, in lower case, without examples
 */
public record Gloss(PartOfSpeech partOfSpeech, List<String> lemmas, String meaning) {

    public Gloss {
        lemmas = List.copyOf(lemmas);
        if (lemmas.isEmpty() || meaning.isBlank()) {
            throw new IllegalArgumentException("a gloss needs a word and a meaning: " + lemmas + " " + meaning);
        }
    }

    /** What kind of word it is. */
    public enum PartOfSpeech {
        NOUN,
        VERB,
        ADJECTIVE
    }
}
