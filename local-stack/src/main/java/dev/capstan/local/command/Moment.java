package dev.capstan.local.command;

import dev.capstan.platform.Durations;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A time as people give it: so long ago, or at an instant. */
sealed interface Moment {

    /** The time, seen from now. */
    Instant at(Clock clock);

    /** Some time before now. */
    record Ago(Duration duration) implements Moment {
        @Override
        public Instant at(Clock clock) {
            return clock.instant().minus(duration);
        }
    }

    /** A certain time. */
    record Certain(Instant instant) implements Moment {
        @Override
        public Instant at(Clock clock) {
            return instant;
        }
    }

    /** Reads {@code 2h} or {@code 2026-01-31T12:00:00Z}. */
    final class Converter implements ITypeConverter<Moment> {
        @Override
        public Moment convert(String text) {
            try {
                return new Certain(Instant.parse(text));
            } catch (DateTimeException e) {
                // Not an instant, perhaps a duration.
            }
            try {
                return new Ago(Durations.parse(text));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("\"" + text
                        + "\" is no time: write how long ago, for example 2h, or an instant, for example "
                        + "2026-01-31T12:00:00Z");
            }
        }
    }
}
