package dev.capstan.model.metrics;

import java.util.List;

/**
 * CLIPScore and RefCLIPScore (arXiv 2104.08718) from vectors of one shared space; they need not be of length one. The
 * paper's texts begin with {@value #PREFIX}.
 */
public final class ClipScore {
    /** Stands before every caption and reference before it is embedded. */
    public static final String PREFIX = "A photo depicts ";

    private static final double WEIGHT = 2.5;

    private ClipScore() {}

    /** 2.5 max(cos, 0). */
    public static double of(float[] image, float[] caption) {
        return WEIGHT * Math.max(cosine(image, caption), 0);
    }

    /**
     * Harmonic mean of CLIPScore and the largest cosine of the caption with a reference, which the reference
     * implementation neither clips nor scales. Zero where both are, which the formula leaves open.
     *
     * @param references at least one
     */
    public static double withReferences(float[] image, float[] caption, List<float[]> references) {
        double agreement = references.stream()
                .mapToDouble(reference -> cosine(caption, reference))
                .max()
                .orElseThrow(() -> new IllegalArgumentException("RefCLIPScore needs at least one reference"));
        double score = of(image, caption);
        double sum = score + agreement;
        return sum == 0 ? 0 : 2 * score * agreement / sum;
    }

    static double cosine(float[] left, float[] right) {
        if (left.length != right.length) {
            throw new IllegalArgumentException("vectors of " + left.length + " and " + right.length + " elements");
        }
        double product = 0;
        double leftSquares = 0;
        double rightSquares = 0;
        for (int i = 0; i < left.length; i++) {
            product += (double) left[i] * right[i];
            leftSquares += (double) left[i] * left[i];
            rightSquares += (double) right[i] * right[i];
        }
        double norm = Math.sqrt(leftSquares * rightSquares);
        return norm == 0 ? 0 : product / norm;
    }
}
