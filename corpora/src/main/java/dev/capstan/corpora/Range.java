package dev.capstan.corpora;

import java.util.random.RandomGenerator;

/** A closed range of numbers from which a value is drawn evenly. */
public record Range(double from, double to) {

    public Range {
        if (!(from <= to)) {
            throw new IllegalArgumentException("not a range: " + from + " to " + to);
        }
    }

    public static Range exactly(double value) {
        return new Range(value, value);
    }

    /** The range from -limit to limit. */
    public static Range around0(double limit) {
        return new Range(-limit, limit);
    }

    double draw(RandomGenerator random) {
        return from == to ? from : random.nextDouble(from, to);
    }

    /** Evenly on a logarithmic scale: as often between 1/2 and 1 as between 1 and 2. */
    double drawLogarithmic(RandomGenerator random) {
        return Math.exp(new Range(Math.log(from), Math.log(to)).draw(random));
    }

    int drawWhole(RandomGenerator random) {
        return random.nextInt((int) Math.round(from), (int) Math.round(to) + 1);
    }
}
