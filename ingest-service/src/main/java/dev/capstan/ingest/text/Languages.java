package dev.capstan.ingest.text;

import com.optimaize.langdetect.LanguageDetector;
import com.optimaize.langdetect.LanguageDetectorBuilder;
import com.optimaize.langdetect.i18n.LdLocale;
import com.optimaize.langdetect.ngram.NgramExtractors;
import com.optimaize.langdetect.profiles.LanguageProfileReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the language of a text among the most frequent ones of the web, by letter sequences (the library language-detector). A text
 * of a word or two is often taken for another language; longer ones seldom. The same text always gets the same answer.
 *
 * <p>Keeps some tens of megabytes. Any thread may ask.
 */
public final class Languages {

    /** ISO 639-1 codes of the languages that are told apart. Few, because rare ones are mostly false alarms in short texts. */
    public static final List<String> KNOWN = List.of(
            "ar", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko", "nl",
            "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh");

    private static final int SHORT_TEXT_CHARACTERS = 100;
    private static final double MIN_PROBABILITY = 0.001;
    private static final int MAX_CHARACTERS = 1000;
    private static final long SEED = 1;

    private final LanguageDetector detector;

    public Languages() {
        List<LdLocale> locales = KNOWN.stream().map(Languages::locale).toList();
        try {
            detector = LanguageDetectorBuilder.create(NgramExtractors.standard())
                    .shortTextAlgorithm(SHORT_TEXT_CHARACTERS)
                    .seed(SEED)
                    .probabilityThreshold(MIN_PROBABILITY)
                    .minimalConfidence(MIN_PROBABILITY)
                    .withProfiles(new LanguageProfileReader().readBuiltIn(locales))
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException("The language profiles cannot be read from the class path", e);
        }
    }

    /** The language of a text; its first 1,000 characters decide. */
    public DetectedLanguage detect(String text) {
        // Of signs and digits the library guesses.
        if (text.codePoints().noneMatch(Character::isLetter)) {
            return DetectedLanguage.UNKNOWN;
        }
        Map<String, Double> probabilities = new HashMap<>();
        String start = text.substring(0, Math.min(MAX_CHARACTERS, text.length()));
        for (com.optimaize.langdetect.DetectedLanguage found : detector.getProbabilities(start)) {
            probabilities.merge(found.getLocale().getLanguage(), found.getProbability(), Double::sum);
        }
        return new DetectedLanguage(probabilities);
    }

    private static LdLocale locale(String language) {
        return LdLocale.fromString(language.equals("zh") ? "zh-CN" : language);
    }
}
