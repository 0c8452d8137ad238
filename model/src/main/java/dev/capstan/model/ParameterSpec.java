package dev.capstan.model;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * One parameter that an architecture has.
 *
 * @param name state-dict name, with the prefix of its part
 * @param shape dimensions, outermost first
 * @param kind how training treats it
 * @param initial how it begins
 */
public record ParameterSpec(String name, List<Long> shape, Kind kind, Initial initial) {
    public ParameterSpec {
        shape = List.copyOf(shape);
    }

    /** How training treats a parameter. */
    public enum Kind {
        /** Learns, with weight decay. */
        MATRIX,
        /** Learns, without weight decay. */
        GAIN_OR_BIAS,
        /** Running statistics of a batch norm: follows the data, has no gradient. */
        STATISTIC
    }

    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    public long[] dimensions() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    /** Draws initial values. */
    public float[] draw(RandomGenerator random) {
        float[] values = new float[Math.toIntExact(elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = initial.draw(random);
        }
        return values;
    }

    /** Distribution of a parameter's first values. */
    @FunctionalInterface
    public interface Initial {
        float draw(RandomGenerator random);

        static Initial constant(double value) {
            return random -> (float) value;
        }

        static Initial normal(double standardDeviation) {
            return random -> (float) (random.nextGaussian() * standardDeviation);
        }

        /** What PyTorch gives convolutions and linear layers: uniform within 1/sqrt(inputs). */
        static Initial uniform(double inputs) {
            double bound = 1 / Math.sqrt(inputs);
            return random -> (float) ((random.nextDouble() * 2 - 1) * bound);
        }
    }
}
