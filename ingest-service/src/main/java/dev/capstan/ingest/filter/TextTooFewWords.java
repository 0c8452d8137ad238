package dev.capstan.ingest.filter;

import dev.capstan.ingest.text.NormalisedText;

/** The text has fewer words than wanted. */
record TextTooFewWords(int minWords) implements Rule<NormalisedText> {
    static final String NAME = "text-too-few-words";

    @Override
    public Verdict judge(NormalisedText text) {
        int words = text.words().size();
        if (words >= minWords) {
            return Verdict.KEEP;
        }
        return Verdict.Refusal.of(
                NAME, words, minWords, "The text has " + words + " words; at least " + minWords + " are wanted.");
    }
}
