package dev.capstan.model.training;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which part of the text beside a picture is a caption. What a crawl brings also lists key words or ends in a site's name;
 * a language model that is frozen cannot learn such endings, and the linear map would spend itself on them.
 *
 * @param pattern matches whole texts that have a caption, as its first group
 */
public record CaptionRule(Pattern pattern) {
    private static final String EVERY_TEXT = "(?s)(.*)";
    private static final String NAMES = "(?i)(?:a picture of )?((?:flag: |keycap: )?[^,:]+?)(?: emoji)?(?:: .*)?";

    /**
     * @throws IllegalArgumentException if the text is no pattern, or has no group
     */
    public static CaptionRule parse(String text) {
        try {
            Pattern pattern = Pattern.compile(text);
            if (pattern.matcher("").groupCount() < 1) {
                throw new IllegalArgumentException(
                        "the caption pattern " + text + " has no group: put the caption in parentheses");
            }
            return new CaptionRule(pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("the caption pattern is no regular expression: " + e.getMessage(), e);
        }
    }

    /** Every text is a caption. */
    public static CaptionRule everyText() {
        return parse(EVERY_TEXT);
    }

    /**
     * A name, as picture collections write it: "cat face", "a picture of cat face", "cat face emoji", "cat face: animal,
     * pet". Lists of key words are no captions.
     */
    public static CaptionRule names() {
        return parse(NAMES);
    }

    /** The caption in a text, if there is one. */
    public Optional<String> captionOf(String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return Optional.ofNullable(matcher.group(1)).map(String::strip).filter(caption -> !caption.isEmpty());
    }
}
