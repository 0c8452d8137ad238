package dev.capstan.ingest.filter;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The server asks in {@code X-Robots-Tag} not to index the image or not to train on it. A directive that is addressed to
 * another crawler by its name is not meant for us; once a name is given, it holds for the directives after it.
 */
final class OptOut implements Rule<Map<String, String>> {
    static final String NAME = "opt-out";

    private static final String HEADER = "x-robots-tag";
    private static final String OUR_NAME = "capstan";
    /** Directives with a value of their own after a colon. */
    private static final Set<String> VALUED =
            Set.of("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview");

    private static final Set<String> REFUSING = Set.of("noai", "noimageai", "noindex", "noimageindex", "none");

    @Override
    public Verdict judge(Map<String, String> responseHeaders) {
        for (Map.Entry<String, String> header : responseHeaders.entrySet()) {
            if (header.getKey().toLowerCase(Locale.ROOT).equals(HEADER)) {
                Verdict verdict = judge(header.getValue());
                if (verdict.refusal().isPresent()) {
                    return verdict;
                }
            }
        }
        return Verdict.KEEP;
    }

    private static Verdict judge(String value) {
        boolean meantForUs = true;
        for (String part : value.toLowerCase(Locale.ROOT).split(",", -1)) {
            String directive = part.strip();
            int colon = directive.indexOf(':');
            if (colon >= 0 && !VALUED.contains(directive.substring(0, colon).strip())) {
                String name = directive.substring(0, colon).strip();
                meantForUs = name.equals(OUR_NAME) || name.equals("*");
                directive = directive.substring(colon + 1).strip();
            }
            if (meantForUs && REFUSING.contains(directive)) {
                return Verdict.Refusal.of(NAME, "The server's X-Robots-Tag says " + directive + ".");
            }
        }
        return Verdict.KEEP;
    }
}
