package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Rotary positions (arXiv 2104.09864): pairs of a head's features are turned by angles that grow with the position. The turn
 * is x cos + (x P) sin, in which P exchanges the features of each pair and negates one; it is a product with zeros and ones,
 * hence exact.
 *
 * <p>The tables grow with the longest text that was read. One thread. Legend: B batch, H heads, L positions, W width of a
 * head.
 */
final class RotaryPositions {
    private final int headWidth;
    private final int contextLength;
    private final float[] frequencies;
    private final Pairs pairs;
    private final Constants constants;
    private @Nullable NDArray exchange;
    private @Nullable NDArray cosines;
    private @Nullable NDArray sines;
    private int length;

    /** Which features make a pair. */
    enum Pairs {
        /** Neighbours, as GPT-J has it. */
        NEIGHBOURS,
        /** A feature of the first half and the one at its place in the second half, as Llama has it. */
        HALVES
    }

    /**
     * @param frequencies radians a position of each pair; features beyond the pairs are left as they are
     */
    RotaryPositions(int headWidth, int contextLength, float[] frequencies, Pairs pairs, Constants constants) {
        this.headWidth = headWidth;
        this.contextLength = contextLength;
        this.frequencies = frequencies.clone();
        this.pairs = pairs;
        this.constants = constants;
    }

    /** base^(-2i/width), as the references compute it in float32. */
    static float[] frequencies(double base, int width) {
        float[] frequencies = new float[width / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = (float) (2 * i) / width;
            frequencies[i] = 1f / (float) Math.pow(base, exponent);
        }
        return frequencies;
    }

    /**
     * @param x B x H x L x W, at the positions from {@code past} on
     */
    NDArray turn(NDArray x, int past) {
        int end = past + (int) x.getShape().get(2);
        prepare(end);
        if (exchange == null || cosines == null || sines == null) {
            throw new IllegalStateException("no tables for " + end + " positions");
        }
        NDArray cosine = Operations.rows(cosines, past, end); // L W
        NDArray sine = Operations.rows(sines, past, end);
        return x.mul(cosine).add(x.matMul(exchange).mul(sine));
    }

    private void prepare(int end) {
        if (end <= length) {
            return;
        }
        int rows = Math.min(contextLength, Math.max(64, Integer.highestOneBit(end) * 2));
        float[] cosine = new float[rows * headWidth];
        float[] sine = new float[rows * headWidth];
        for (int position = 0; position < rows; position++) {
            for (int feature = 0; feature < headWidth; feature++) {
                int pair = pair(feature);
                // The references multiply in float32 too.
                float angle = pair < 0 ? 0 : position * frequencies[pair];
                cosine[position * headWidth + feature] = (float) Math.cos(angle);
                sine[position * headWidth + feature] = (float) Math.sin(angle);
            }
        }
        close();
        Shape shape = new Shape(rows, headWidth);
        cosines = constants.keep(cosine, shape);
        sines = constants.keep(sine, shape);
        exchange = constants.keep(exchange(), new Shape(headWidth, headWidth));
        length = rows;
    }

    private void close() {
        for (NDArray table : new NDArray[] {cosines, sines, exchange}) {
            if (table != null) {
                table.close();
            }
        }
    }

    /** Number of the pair that a feature belongs to; negative for none. */
    private int pair(int feature) {
        if (feature >= 2 * frequencies.length) {
            return -1;
        }
        return pairs == Pairs.NEIGHBOURS ? feature / 2 : feature % frequencies.length;
    }

    /** P: W x W. */
    private float[] exchange() {
        float[] matrix = new float[headWidth * headWidth];
        for (int pair = 0; pair < frequencies.length; pair++) {
            int first = pairs == Pairs.NEIGHBOURS ? 2 * pair : pair;
            int second = pairs == Pairs.NEIGHBOURS ? 2 * pair + 1 : pair + frequencies.length;
            matrix[second * headWidth + first] = -1;
            matrix[first * headWidth + second] = 1;
        }
        return matrix;
    }
}
