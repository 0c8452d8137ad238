package dev.capstan.model.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * CLIP's cleaning of text before it becomes tokens (openai/CLIP, simple_tokenizer.py): what the library ftfy repairs, HTML
 * unescaped twice, white space collapsed, lower case.
 *
 * <p>Of ftfy's repairs all are here but one that is simpler: text that was written as UTF-8 and read as Windows-1252 or
 * Latin-1 is recognised by its sequences of valid UTF-8, not by ftfy's table of improbable neighbours, so that an accented
 * capital before a sign, such as an E acute before a superscript two, can come out otherwise; text misread by another
 * encoding is left as it is.
 */
public final class TextCleaner {
    private static final Pattern TERMINAL_ESCAPE = Pattern.compile("\u001b\\[[0-9;]*[a-zA-Z]");
    private static final Pattern CONTROL =
            Pattern.compile("[\\x00-\\x08\\x0B\\x0E-\\x1F\\x7F\\u206A-\\u206F\\uFEFF\\uFFF9-\\uFFFC]");
    private static final Pattern LINE_BREAK = Pattern.compile("\r\n|[\r\u2028\u2029\u0085]");
    private static final Pattern SINGLE_QUOTE = Pattern.compile("[\u02bc\u2018-\u201b]");
    private static final Pattern DOUBLE_QUOTE = Pattern.compile("[\u201c-\u201f]");
    /** What a sequence of UTF-8 becomes when it is read as Windows-1252: a first letter, then its continuation. */
    private static final Pattern MISREAD = misread();

    private static final String COMMON = "\u00a0\u00ad\u00b7\u00b4\u2013\u2014\u2015\u2026\u2019";
    private static final String COMMON_FIRST = "\u00c2\u00c3\u00ce\u00d0\u00d8\u00d9";
    private static final String QUOTES = "\u2018\u201a\u201c\u201e\u2039";
    private static final String CURRENCIES = "\u00a2\u00a3\u00a5\u20ac";

    private static final Map<Integer, String> LIGATURES = Map.ofEntries(
            Map.entry(0x132, "IJ"),
            Map.entry(0x133, "ij"),
            Map.entry(0x149, "\u02bcn"),
            Map.entry(0x1F1, "DZ"),
            Map.entry(0x1F2, "Dz"),
            Map.entry(0x1F3, "dz"),
            Map.entry(0x1C4, "D\u017d"),
            Map.entry(0x1C5, "D\u017e"),
            Map.entry(0x1C6, "d\u017e"),
            Map.entry(0x1C7, "LJ"),
            Map.entry(0x1C8, "Lj"),
            Map.entry(0x1C9, "lj"),
            Map.entry(0x1CA, "NJ"),
            Map.entry(0x1CB, "Nj"),
            Map.entry(0x1CC, "nj"),
            Map.entry(0xFB00, "ff"),
            Map.entry(0xFB01, "fi"),
            Map.entry(0xFB02, "fl"),
            Map.entry(0xFB03, "ffi"),
            Map.entry(0xFB04, "ffl"),
            Map.entry(0xFB05, "\u017ft"),
            Map.entry(0xFB06, "st"));

    private static final int SIGMA = 0x3a3;
    private static final int SMALL_SIGMA = 0x3c3;
    private static final int FINAL_SIGMA = 0x3c2;

    /** Repairs feed each other; after so many rounds whatever still changes stays as it is. */
    private static final int MOST_ROUNDS = 16;

    private TextCleaner() {}

    /** The text as CLIP's tokenizer sees it. */
    public static String clean(String text) {
        String unescaped = HtmlEntities.unescape(HtmlEntities.unescape(repaired(text)));
        return lowerCased(collapsed(unescaped));
    }

    /** Java decides by words whether a capital sigma is a final one; Unicode, and Python, by the letters around it. */
    private static String lowerCased(String text) {
        if (text.indexOf(SIGMA) < 0) {
            return text.toLowerCase(Locale.ROOT);
        }
        int[] points = text.codePoints().toArray();
        StringBuilder result = new StringBuilder(text.length());
        for (int i = 0; i < points.length; i++) {
            boolean isFinal = points[i] == SIGMA && hasCased(points, i, -1) && !hasCased(points, i, 1);
            result.appendCodePoint(isFinal ? FINAL_SIGMA : points[i] == SIGMA ? SMALL_SIGMA : points[i]);
        }
        return result.toString().toLowerCase(Locale.ROOT);
    }

    /** Whether the next character that bears on case is one that has a case. */
    private static boolean hasCased(int[] points, int start, int step) {
        for (int i = start + step; i >= 0 && i < points.length; i += step) {
            if (!isCaseIgnorable(points[i])) {
                return Character.isLowerCase(points[i])
                        || Character.isUpperCase(points[i])
                        || Character.isTitleCase(points[i]);
            }
        }
        return false;
    }

    private static boolean isCaseIgnorable(int point) {
        return switch (Character.getType(point)) {
            case Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.FORMAT,
                    Character.MODIFIER_LETTER,
                    Character.MODIFIER_SYMBOL -> true;
            default ->
                "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a".indexOf(point)
                        >= 0;
        };
    }

    /** Line by line; once a line has a tag in it, the rest is taken for HTML and its references are left alone. */
    static String repaired(String text) {
        StringBuilder result = new StringBuilder(text.length());
        boolean markup = false;
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf('\n', start) + 1;
            String line = text.substring(start, end == 0 ? text.length() : end);
            markup |= line.indexOf('<') >= 0;
            result.append(repairedLine(line, markup));
            start += line.length();
        }
        return result.toString();
    }

    private static String repairedLine(String line, boolean markup) {
        String text = line;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            String before = text;
            text = markup ? text : HtmlEntities.unescapeWhole(text);
            text = decodedAgain(text);
            text = mapped(text, point -> point >= 0x80 && point <= 0x9f ? Windows1252.letter(point) : point);
            text = withoutLigatures(text);
            text = SINGLE_QUOTE.matcher(text).replaceAll("'");
            text = DOUBLE_QUOTE.matcher(text).replaceAll("\"");
            text = LINE_BREAK.matcher(text).replaceAll("\n");
            text = mapped(
                    text,
                    point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE ? 0xFFFD : point);
            text = TERMINAL_ESCAPE.matcher(text).replaceAll("");
            text = CONTROL.matcher(text).replaceAll("");
            text = Normalizer.normalize(text, Normalizer.Form.NFC);
            if (text.equals(before)) {
                break;
            }
        }
        return text;
    }

    private static String mapped(String text, IntUnaryOperator change) {
        return text.codePoints()
                .map(change)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** Latin ligatures as their letters, full-width and half-width forms as the usual ones. */
    private static String withoutLigatures(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            if (point == 0x3000) {
                result.append(' ');
            } else if (point >= 0xFF01 && point < 0xFFF0) {
                result.append(Normalizer.normalize(Character.toString(point), Normalizer.Form.NFKC));
            } else if (LIGATURES.containsKey(point)) {
                result.append(LIGATURES.get(point));
            } else {
                result.appendCodePoint(point);
            }
        });
        return result.toString();
    }

    /** What was UTF-8, read as Windows-1252 or Latin-1, once or several times over. */
    private static String decodedAgain(String text) {
        String current = text;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            Matcher matcher = MISREAD.matcher(current);
            boolean whole = isWhollyMisread(current);
            StringBuilder result = new StringBuilder();
            while (matcher.find()) {
                String sequence = matcher.group();
                matcher.appendReplacement(
                        result,
                        Matcher.quoteReplacement(
                                whole || isLikely(sequence) ? utf8(sequence).orElse(sequence) : sequence));
            }
            String next = matcher.appendTail(result).toString();
            if (next.equals(current)) {
                return next;
            }
            current = next;
        }
        return current;
    }

    /** Whether all of a text can have been misread, and some of it surely was. */
    private static boolean isWhollyMisread(String text) {
        return text.chars().allMatch(letter -> letter < 0x100 || Windows1252.unit((char) letter) >= 0)
                && MISREAD.matcher(text).results().anyMatch(match -> isLikely(match.group()));
    }

    /**
     * Whether nobody would write this. Signs that often follow a letter count only after the first letters of Latin, Greek,
     * Cyrillic and Arabic texts; a misread trade mark alone stays, as ftfy leaves it.
     */
    private static boolean isLikely(String sequence) {
        char second = sequence.charAt(1);
        if (sequence.length() == 2) {
            return COMMON.indexOf(second) < 0 || COMMON_FIRST.indexOf(sequence.charAt(0)) >= 0;
        }
        return QUOTES.indexOf(second) < 0 || CURRENCIES.indexOf(sequence.charAt(2)) < 0;
    }

    private static Optional<String> utf8(String letters) {
        byte[] bytes = new byte[letters.length()];
        for (int i = 0; i < bytes.length; i++) {
            char letter = letters.charAt(i);
            bytes[i] = (byte) (letter < 0x100 ? letter : Windows1252.unit(letter));
        }
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static Pattern misread() {
        StringBuilder continuation = new StringBuilder("[\\x{80}-\\x{bf}");
        for (int unit = 0x80; unit < 0xa0; unit++) {
            continuation.append(String.format("\\x{%x}", (int) Windows1252.letter(unit)));
        }
        continuation.append(']');
        return Pattern.compile(
                String.format("[\\x{c2}-\\x{df}]%1$s|[\\x{e0}-\\x{ef}]%1$s{2}|[\\x{f0}-\\x{f4}]%1$s{3}", continuation));
    }

    private static String collapsed(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            if (!isSpace(point)) {
                result.appendCodePoint(point);
            } else if (result.length() > 0 && result.charAt(result.length() - 1) != ' ') {
                result.append(' ');
            }
        });
        return result.toString().strip();
    }

    /** White space as Python's {@code str.split} knows it. */
    private static boolean isSpace(int point) {
        return Character.isSpaceChar(point)
                || (point >= 0x9 && point <= 0xd)
                || (point >= 0x1c && point <= 0x1f)
                || point == 0x85;
    }
}
