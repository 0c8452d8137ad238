package dev.capstan.corpora;

import java.util.Map;

/**
 * The numbers of {@link PlainText}.
 *
 * @param prompt the words before a name: those that a captioning model is prompted with
 * @param conceptWeight how often a line is about a concept
 * @param nounWeight how often a line is about a noun of the dictionary, in the form of those about concepts
 * @param glossWeight how often a line is an entry of the dictionary
 * @param categoryWeights weights of the categories of concepts; 1 where none is given
 * @param nameInContextShare how often the whole name is among the words before the prompt, 0 to 1
 * @param nameWordsInContextShare how often the name's single words are, 0 to 1
 * @param keepWordShare how likely each word stays in the context, 0 to 1
 * @param mostContextWords how many words the context has at most
 * @param noContextShare how often a line begins with the prompt, 0 to 1
 * @param commasShare how often the words have commas between them and a full stop, 0 to 1
 */
public record PlainTextRecipe(
        String prompt,
        double conceptWeight,
        double nounWeight,
        double glossWeight,
        Map<String, Double> categoryWeights,
        double nameInContextShare,
        double nameWordsInContextShare,
        double keepWordShare,
        int mostContextWords,
        double noContextShare,
        double commasShare) {

    public PlainTextRecipe {
        categoryWeights = Map.copyOf(categoryWeights);
        if (!(conceptWeight >= 0 && nounWeight >= 0 && glossWeight >= 0)
                || conceptWeight + nounWeight + glossWeight <= 0) {
            throw new IllegalArgumentException("weights must be at least 0, one above 0: concepts " + conceptWeight
                    + ", nouns " + nounWeight + ", glosses " + glossWeight);
        }
        if (mostContextWords < 1) {
            throw new IllegalArgumentException("mostContextWords must be at least 1: " + mostContextWords);
        }
    }

    /** What the demo's language model is trained on. */
    public static PlainTextRecipe captions() {
        return new PlainTextRecipe(
                "a picture of", 0.65, 0.25, 0.1, Map.of("Flags", 0.4, "Symbols", 0.4), 0.35, 0.35, 0.7, 5, 0.08, 0.55);
    }
}
