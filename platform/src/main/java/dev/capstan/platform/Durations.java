package dev.capstan.platform;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them in configuration and on command lines. */
public final class Durations {
    private static final Pattern FORMAT = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");

    private Durations() {}

    /**
     * @param text a whole number and a unit: {@code 250ms}, {@code 15s}, {@code 5m}, {@code 2h}, {@code 7d}
     * @throws IllegalArgumentException if the text has another form
     */
    public static Duration parse(String text) {
        Matcher matcher = FORMAT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a duration: write a whole number and ms, s, m, h or d, for example 15s");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            case "d" -> Duration.ofDays(amount);
            default -> throw new IllegalStateException("unit " + matcher.group(2));
        };
    }

    /** The duration as {@link #parse} reads it, in the largest unit that leaves a whole number. */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        for (Unit unit : Unit.values()) {
            if (millis % unit.millis == 0 && millis > 0) {
                return millis / unit.millis + unit.sign;
            }
        }
        return millis + "ms";
    }

    private enum Unit {
        DAY("d", 86_400_000),
        HOUR("h", 3_600_000),
        MINUTE("m", 60_000),
        SECOND("s", 1000);

        private final String sign;
        private final long millis;

        Unit(String sign, long millis) {
            this.sign = sign;
            this.millis = millis;
        }
    }
}
