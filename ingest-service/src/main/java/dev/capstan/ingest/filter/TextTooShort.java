package dev.capstan.ingest.filter;

import dev.capstan.ingest.text.NormalisedText;

/** The text has fewer characters (Unicode code points) than wanted. */
record TextTooShort(int minCharacters) implements Rule<NormalisedText> {
    static final String NAME = "text-too-short";

    @Override
    public Verdict judge(NormalisedText text) {
        int characters = text.characters();
        if (characters >= minCharacters) {
            return Verdict.KEEP;
        }
        return Verdict.Refusal.of(
                NAME,
                characters,
                minCharacters,
                "The text has " + characters + " characters; at least " + minCharacters + " are wanted.");
    }
}
