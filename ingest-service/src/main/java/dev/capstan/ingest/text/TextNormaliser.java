package dev.capstan.ingest.text;

import java.text.Normalizer;

/**
 * Brings texts into one form: Unicode NFC, every run of white space one space, none at the ends, and no characters that
 * print nothing (controls, zero-width spaces, overrides of writing direction, halves of broken surrogate pairs).
 * Zero-width joiners stay: they carry meaning in emoji and in several scripts.
 *
 * <p>Time and memory are linear in what is kept, not in what comes.
 */
public final class TextNormaliser {

    // Composition makes at most four UTF-16 units one, so that a text cut here is too long in any form.
    private static final int MAX_COMPOSITION = 4;

    private final int maxCharacters;

    /**
     * A normaliser for texts up to a length.
     *
     * @param maxCharacters the longest text in code points that anyone wants; one that is longer in any form is cut
     *     somewhere beyond, and says so
     */
    public TextNormaliser(int maxCharacters) {
        this.maxCharacters = maxCharacters;
    }

    /** The text's one form. */
    public NormalisedText normalise(String raw) {
        // Two units make one code point at most.
        long bound = 2L * MAX_COMPOSITION * (maxCharacters + 1L);
        StringBuilder kept = new StringBuilder(Math.min(raw.length(), 256));
        boolean cut = false;
        boolean space = false;
        int index = 0;
        while (index < raw.length()) {
            int point = raw.codePointAt(index);
            index += Character.charCount(point);
            if (isSpace(point)) {
                space = true;
                continue;
            }
            if (isInvisible(point)) {
                continue;
            }
            if (kept.length() >= bound) {
                cut = true;
                break;
            }
            if (space && !kept.isEmpty()) {
                kept.append(' ');
            }
            space = false;
            kept.appendCodePoint(point);
        }
        String normalised = Normalizer.normalize(kept, Normalizer.Form.NFC);
        return new NormalisedText(normalised, cut, raw.length(), Words.of(normalised));
    }

    private static boolean isSpace(int point) {
        return Character.isWhitespace(point) || Character.isSpaceChar(point);
    }

    private static boolean isInvisible(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL, Character.SURROGATE -> true;
            case Character.FORMAT -> isInvisibleFormat(point);
            default -> false;
        };
    }

    private static boolean isInvisibleFormat(int point) {
        return point == 0x200B
                || point == 0x2060
                || point == 0xFEFF
                || point == 0x00AD
                || (point >= 0x200E && point <= 0x200F)
                || (point >= 0x202A && point <= 0x202E)
                || (point >= 0x2066 && point <= 0x2069);
    }
}
