package dev.capstan.ingest.filter;

import dev.capstan.ingest.text.DetectedLanguage;
import java.util.List;

/**
 * The text is probably in a language that is not wanted. A text in which no language can be seen is kept.
 *
 * @param wanted ISO 639-1 codes
 */
record TextLanguage(List<String> wanted) implements Rule<DetectedLanguage> {
    static final String NAME = "text-language";

    /** Wanted languages together must be at least as probable as all others. */
    static final double MIN_PROBABILITY = 0.5;

    TextLanguage {
        wanted = List.copyOf(wanted);
    }

    @Override
    public Verdict judge(DetectedLanguage language) {
        if (!language.isKnown()) {
            return Verdict.KEEP;
        }
        double probability = wanted.stream().mapToDouble(language::probability).sum();
        if (probability >= MIN_PROBABILITY) {
            return Verdict.KEEP;
        }
        return Verdict.Refusal.of(
                NAME,
                probability,
                MIN_PROBABILITY,
                "The text is probably in \"" + language.mostProbable() + "\"; wanted are " + String.join(", ", wanted)
                        + ".");
    }
}
