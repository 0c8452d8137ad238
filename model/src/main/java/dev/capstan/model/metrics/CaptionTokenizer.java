package dev.capstan.model.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts captions into words as the captioning metrics expect: by the rules of the Penn Treebank, in lower case, without
 * punctuation. The reference runs Stanford's PTBTokenizer (CoreNLP 3.4.1, GPL) and drops punctuation afterwards; this is
 * written from its behaviour.
 *
 * <p>Traits that matter to scores and are kept: the clitics of "don't" and "dog's" are words of their own; brackets stay
 * as "-lrb-" and "-rrb-", because they are lower-cased before the list of punctuation is compared; pounds are "#", euros
 * "$"; characters beyond the Basic Multilingual Plane vanish.
 *
 * <p>Known differences: the list of abbreviations that keep their full stop is shorter; telephone numbers, dates with
 * slashes of a month, file names and SGML with attributes are cut like other text; of emoticons only what is left
 * without punctuation stays; top-level domains without "www." or "http" are few.
 */
public final class CaptionTokenizer {
    private static final Set<String> PUNCTUATION = Set.of(
            "''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";");

    private static final Map<String, String> BRACKETS =
            Map.of("(", "-lrb-", ")", "-rrb-", "[", "-lsb-", "]", "-rsb-", "{", "-lcb-", "}", "-rcb-");
    private static final Map<String, String> CURRENCIES = Map.of("£", "#", "€", "$", "¢", "cents", "¤", "$");
    private static final Map<String, String> FRACTIONS =
            Map.of("½", "1/2", "¼", "1/4", "¾", "3/4", "⅓", "1/3", "⅔", "2/3");
    /** Compounds that are two words, by the length of the first. */
    private static final Map<String, Integer> COMPOUNDS =
            Map.of("cannot", 3, "gonna", 3, "gotta", 3, "wanna", 3, "gimme", 3, "lemme", 3, "'tis", 2, "'twas", 2);

    private static final String ABBREVIATIONS =
            "mr|mrs|ms|messrs|dr|drs|prof|gen|sen|rep|gov|sgt|lt|col|capt|cmdr|adm|maj|rev|hon|st|ste|ave|blvd|rd|mt|ft"
                    + "|inc|ltd|co|cos|corp|bros|jr|sr|esq|etc|vs|al|ph\\.d|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov"
                    + "|dec|dept|univ|assn|bldg|pres|supt";
    private static final String CLITIC = "'(?:s|m|d|re|ve|ll|n)(?![\\p{L}\\p{N}])|n't(?![\\p{L}\\p{N}])";
    private static final String LETTER_OR_DIGIT = "[\\p{L}\\p{M}\\p{N}]";

    private static final Pattern WORD = Pattern.compile(
            String.join(
                    "|",
                    "(?:https?|ftp)://[^\\s<>\"]+[^\\s<>\".,;:!?)'\\]]",
                    "www\\.[^\\s<>\"]+[^\\s<>\".,;:!?)'\\]]",
                    "[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+",
                    "</?[a-z][a-z0-9]*/?>",
                    "[#@](?=\\p{L})[\\p{L}\\p{N}_]+",
                    "'tis\\b|'twas\\b",
                    "'n'(?!\\p{L})",
                    CLITIC,
                    "'\\d\\ds?\\b",
                    // Initials and acronyms.
                    "\\p{L}(?:\\.\\p{L})+\\.?(?!" + LETTER_OR_DIGIT + ")|\\p{L}\\.(?!" + LETTER_OR_DIGIT + ")",
                    "(?<!" + LETTER_OR_DIGIT + ")(?:" + ABBREVIATIONS + ")\\.",
                    "no\\.(?=\\s*\\d)",
                    "[+-]?\\d+(?:[.,:/]\\d+)+(?!" + LETTER_OR_DIGIT + ")|[+-]?\\.\\d+(?!" + LETTER_OR_DIGIT + ")",
                    "o'clock\\b|ma'am\\b|d'ye\\b|(?:o|l|d|c|j|qu)'\\p{L}+|y'(?=\\p{L})",
                    "\\p{L}+&\\p{L}+",
                    // A word may have hyphens, slashes and underscores inside; a clitic at its end is left to the next
                    // round.
                    "(?:(?!" + CLITIC + ")" + LETTER_OR_DIGIT + ")+(?:[-/_](?:(?!" + CLITIC + ")" + LETTER_OR_DIGIT
                            + ")+)*",
                    "\\.\\.\\.|--+",
                    "[\\x{0}-\\x{FFFF}&&[^\\s\\p{Cs}\\p{Cc}]]"),
            Pattern.UNICODE_CASE);

    private CaptionTokenizer() {}

    /** The words of a caption, in lower case, with single spaces between them. */
    public static String tokenize(String caption) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(plain(caption).toLowerCase(Locale.ROOT));
        while (matcher.find()) {
            String token = matcher.group();
            Integer first = COMPOUNDS.get(token);
            if (first != null) {
                words.add(token.substring(0, first));
                words.add(token.substring(first));
                continue;
            }
            if (!PUNCTUATION.contains(token) && !token.startsWith("--")) {
                words.add(BRACKETS.getOrDefault(token, CURRENCIES.getOrDefault(token, token)));
            }
        }
        return String.join(" ", words);
    }

    /** Typographic quotes, dashes, ellipses and fractions as they are typed. */
    private static String plain(String caption) {
        StringBuilder plain = new StringBuilder(caption.length());
        caption.codePoints()
                .filter(point -> !Character.isSupplementaryCodePoint(point))
                .forEach(point -> {
                    String letter = Character.toString(point);
                    switch (letter) {
                        case "‘", "’", "‛", "`" -> plain.append('\'');
                        case "“", "”", "„", "«", "»" -> plain.append('"');
                        case "–", "—", "―" -> plain.append(" -- ");
                        case "…" -> plain.append(" ... ");
                        default -> plain.append(FRACTIONS.getOrDefault(letter, letter));
                    }
                });
        return plain.toString().replace("\"", " ");
    }
}
