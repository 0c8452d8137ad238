package dev.capstan.ingest.filter;

import dev.capstan.ingest.text.NormalisedText;

/** The text has more characters (Unicode code points) than wanted. */
record TextTooLong(int maxCharacters) implements Rule<NormalisedText> {
    static final String NAME = "text-too-long";

    @Override
    public Verdict judge(NormalisedText text) {
        // What was cut was never counted: the raw length stands for it.
        int characters = text.cut() ? text.rawCharacters() : text.characters();
        if (!text.cut() && characters <= maxCharacters) {
            return Verdict.KEEP;
        }
        return Verdict.Refusal.of(
                NAME,
                characters,
                maxCharacters,
                "The text has " + characters + " characters; at most " + maxCharacters + " are taken.");
    }
}
