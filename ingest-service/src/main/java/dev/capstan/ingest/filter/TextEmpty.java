package dev.capstan.ingest.filter;

import dev.capstan.ingest.text.NormalisedText;

/** Nothing is left of the text once it is normalised. */
final class TextEmpty implements Rule<NormalisedText> {
    static final String NAME = "text-empty";

    @Override
    public Verdict judge(NormalisedText text) {
        if (!text.text().isEmpty()) {
            return Verdict.KEEP;
        }
        return Verdict.Refusal.of(NAME, 0, 1, "The text has no visible character among " + text.rawCharacters() + ".");
    }
}
