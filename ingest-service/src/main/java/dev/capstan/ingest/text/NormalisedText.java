package dev.capstan.ingest.text;

import java.util.List;

/**
 * A text in the form that is kept.
 *
 * @param text the text
 * @param cut whether normalisation gave up because the text is far longer than any that is kept
 * @param rawCharacters UTF-16 units of the text as it came
 * @param words the text's words, in lower case
 */
public record NormalisedText(String text, boolean cut, int rawCharacters, List<String> words) {
    public NormalisedText {
        words = List.copyOf(words);
    }

    /** Unicode code points of the text. */
    public int characters() {
        return text.codePointCount(0, text.length());
    }
}
