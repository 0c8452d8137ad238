package dev.capstan.model.text;

import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Entities;

/** HTML 5's character references, resolved as Python's {@code html.unescape} does, or as ftfy, which is stricter. */
final class HtmlEntities {
    private static final Pattern REFERENCE =
            Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");
    private static final Pattern WHOLE_REFERENCE = Pattern.compile("&#?[0-9A-Za-z]{1,24};");
    private static final int LAST = Character.MAX_CODE_POINT;
    /** Noncharacters at the end of each plane. */
    private static final int PLANE_END = 0xFFFE;

    private HtmlEntities() {}

    /** Every reference, also one without its semicolon where HTML 5 allows that. */
    static String unescape(String text) {
        return text.indexOf('&') < 0 ? text : replaced(REFERENCE, text, HtmlEntities::resolve);
    }

    /** Whole references with a semicolon only; names in capitals too where nothing else has that name. */
    static String unescapeWhole(String text) {
        return text.indexOf('&') < 0 ? text : replaced(WHOLE_REFERENCE, text, HtmlEntities::resolveWhole);
    }

    private static String replaced(Pattern pattern, String text, UnaryOperator<String> resolve) {
        Matcher matcher = pattern.matcher(text);
        StringBuilder result = new StringBuilder();
        while (matcher.find()) {
            matcher.appendReplacement(result, Matcher.quoteReplacement(resolve.apply(matcher.group())));
        }
        return matcher.appendTail(result).toString();
    }

    private static String resolve(String reference) {
        String body = reference.substring(1);
        if (body.charAt(0) == '#') {
            return numeric(body);
        }
        if (body.endsWith(";")) {
            String known = Entities.getByName(body.substring(0, body.length() - 1));
            if (!known.isEmpty()) {
                return known;
            }
        }
        for (int length = body.length(); length > 1; length--) {
            String name = body.substring(0, length);
            if (Entities.isBaseNamedEntity(name)) {
                return Entities.getByName(name) + body.substring(length);
            }
        }
        return reference;
    }

    private static String resolveWhole(String reference) {
        if (reference.charAt(1) == '#') {
            String resolved = unescape(reference);
            return resolved.contains(";") ? reference : resolved;
        }
        String name = reference.substring(1, reference.length() - 1);
        String known = Entities.getByName(name);
        if (!known.isEmpty()) {
            return known;
        }
        String lower = name.toLowerCase(Locale.ROOT);
        boolean capitals = name.equals(lower.toUpperCase(Locale.ROOT))
                && unescape(reference).equals(reference);
        String small = capitals ? Entities.getByName(lower) : "";
        return small.isEmpty() ? reference : small.toUpperCase(Locale.ROOT);
    }

    private static String numeric(String body) {
        boolean hexadecimal = body.charAt(1) == 'x' || body.charAt(1) == 'X';
        String digits = body.substring(hexadecimal ? 2 : 1, body.length() - (body.endsWith(";") ? 1 : 0));
        int point = point(digits, hexadecimal ? 16 : 10);
        if (point == 0 || point > LAST || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)) {
            return "\uFFFD";
        }
        if (point >= 0x80 && point <= 0x9f) {
            return Character.toString(Windows1252.letter(point));
        }
        return isInvalid(point) ? "" : Character.toString(point);
    }

    /** The number, or one that is too large for a character where it is. */
    private static int point(String digits, int radix) {
        int point = 0;
        for (int i = 0; i < digits.length() && point <= LAST; i++) {
            point = point * radix + Character.digit(digits.charAt(i), radix);
        }
        return point;
    }

    private static boolean isInvalid(int point) {
        boolean control = (point < 0x20 && !Set.of(0x9, 0xa, 0xc, 0xd).contains(point)) || point == 0x7f;
        boolean nonCharacter = (point >= 0xFDD0 && point <= 0xFDEF) || (point & 0xFFFF) >= PLANE_END;
        return control || nonCharacter;
    }
}
