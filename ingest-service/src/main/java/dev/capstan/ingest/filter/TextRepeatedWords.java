package dev.capstan.ingest.filter;

import dev.capstan.ingest.text.NormalisedText;
import java.util.List;

/**
 * The text says the same words over and over.
 *
 * @param minDistinctShare distinct words over words, at least
 */
record TextRepeatedWords(double minDistinctShare) implements Rule<NormalisedText> {
    static final String NAME = "text-repeated-words";

    /** Fewer words repeat by nature: "a cat and a dog and a mouse". */
    static final int MIN_WORDS = 8;

    @Override
    public Verdict judge(NormalisedText text) {
        List<String> words = text.words();
        if (words.size() < MIN_WORDS) {
            return Verdict.KEEP;
        }
        long distinct = words.stream().distinct().count();
        double share = (double) distinct / words.size();
        if (share >= minDistinctShare) {
            return Verdict.KEEP;
        }
        return Verdict.Refusal.of(
                NAME,
                share,
                minDistinctShare,
                "Of the text's " + words.size() + " words only " + distinct + " are distinct.");
    }
}
