package dev.capstan.ingest.fetch.web;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Reads {@code X-Robots-Tag}: directives separated by commas, for everybody or, after a {@code name:}, for one robot.
 * Directives with a value of their own (max-snippet and the like) are no names. Immutable.
 */
public final class RobotsTag {
    /** What keeps an image out by default; those of img2dataset. */
    public static final Set<String> DEFAULT_DIRECTIVES = Set.of("noai", "noimageai", "noindex", "noimageindex");

    private static final Set<String> WITH_VALUE =
            Set.of("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview");
    /** "none" is short for noindex, nofollow. */
    private static final String NONE = "none";

    private final Set<String> forbidding;
    private final String robot;

    /**
     * @param forbidding directives that keep an image out, lower case; none to honour nothing
     * @param robot the name by which sites address us, lower case
     */
    public RobotsTag(Set<String> forbidding, String robot) {
        this.forbidding = Set.copyOf(forbidding);
        this.robot = robot;
    }

    /**
     * The first directive that forbids the use, or empty.
     *
     * @param values each header's value
     */
    public Optional<String> forbids(List<String> values) {
        return values.stream().flatMap(value -> forbids(value).stream()).findFirst();
    }

    private Optional<String> forbids(String value) {
        boolean addressed = true;
        for (String part : value.toLowerCase(Locale.ROOT).split(",", -1)) {
            String directive = part.strip();
            int colon = directive.indexOf(':');
            String name = colon < 0 ? "" : directive.substring(0, colon).strip();
            if (colon >= 0 && !WITH_VALUE.contains(name)) {
                addressed = name.equals(robot) || name.equals("*");
                directive = directive.substring(colon + 1).strip();
            }
            if (addressed && isForbidding(directive)) {
                return Optional.of(directive);
            }
        }
        return Optional.empty();
    }

    private boolean isForbidding(String directive) {
        return forbidding.contains(directive) || (directive.equals(NONE) && forbidding.contains("noindex"));
    }
}
