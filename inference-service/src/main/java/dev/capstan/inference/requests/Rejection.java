package dev.capstan.inference.requests;

/**
 * Why a request is not answered.
 *
 * @param reason short and stable, for example "label-set-unknown"
 * @param detail one sentence for a person, naming the value and the remedy
 */
public record Rejection(String reason, String detail) {
    private static final int MAX_QUOTED_CHARACTERS = 80;

    /** A value from a request as it may stand in a detail: quoted, and cut where it is long. */
    static String quoted(String value) {
        if (value.length() <= MAX_QUOTED_CHARACTERS) {
            return '"' + value + '"';
        }
        return '"' + value.substring(0, MAX_QUOTED_CHARACTERS) + "...\" (" + value.length() + " characters)";
    }
}
