package dev.capstan.ingest.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Splits a text into words: runs of letters and digits (with marks, and with apostrophes inside), in lower case. In
 * scripts that put no space between words, each character counts as one.
 */
public final class Words {

    private static final char APOSTROPHE = '\'';
    private static final char TYPOGRAPHIC_APOSTROPHE = '\u2019';

    private Words() {}

    /** The words of a text in their order. */
    public static List<String> of(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        for (int index = 0; index < text.length(); ) {
            int point = text.codePointAt(index);
            index += Character.charCount(point);
            if (Character.isIdeographic(point) || isUnspaced(point)) {
                finish(word, words);
                words.add(Character.toString(point));
                continue;
            }
            if (Character.isLetterOrDigit(point) || isInsideWord(point, word)) {
                word.appendCodePoint(point == TYPOGRAPHIC_APOSTROPHE ? APOSTROPHE : point);
                continue;
            }
            finish(word, words);
        }
        finish(word, words);
        return words;
    }

    private static void finish(StringBuilder word, List<String> words) {
        while (!word.isEmpty() && word.charAt(word.length() - 1) == APOSTROPHE) {
            word.setLength(word.length() - 1);
        }
        if (!word.isEmpty()) {
            words.add(word.toString().toLowerCase(Locale.ROOT));
            word.setLength(0);
        }
    }

    private static boolean isInsideWord(int point, StringBuilder word) {
        if (word.isEmpty()) {
            return false;
        }
        int type = Character.getType(point);
        return point == APOSTROPHE
                || point == TYPOGRAPHIC_APOSTROPHE
                || type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK;
    }

    private static boolean isUnspaced(int point) {
        if (!Character.isLetter(point)) {
            return false;
        }
        return switch (Character.UnicodeScript.of(point)) {
            case HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR -> true;
            default -> false;
        };
    }
}
