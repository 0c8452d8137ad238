package dev.capstan.model.probe;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The linear probe of CLIP (arXiv 2103.00020, appendix A.3): the strength of the penalty is chosen on a part of the
 * training samples that is kept out, by a parametric binary search; then the classifier is fitted to all of them.
 *
 * <p>The search is the paper's: seven strengths from 1e-6 to 1e6 a factor of 100 apart, then around the best of them half
 * the distance again and again, until there are eight steps to a decade. Features should come from before the projection.
 *
 * @param penalty that was chosen
 * @param validationAccuracy with it on the part that was kept out
 * @param classifier fitted to all training samples
 */
public record LinearProbe(double penalty, double validationAccuracy, LogisticRegression classifier) {
    private static final double TOLERANCE = 1e-4;
    /** Strengths are powers of ten of whole numbers of these. */
    private static final int STEPS_A_DECADE = 8;

    private static final int SMALLEST = -6 * STEPS_A_DECADE;
    private static final int GREATEST = 6 * STEPS_A_DECADE;
    private static final int FIRST_STEP = 2 * STEPS_A_DECADE;
    /** One sample in so many is kept out. */
    private static final int VALIDATION = 5;

    /**
     * @param samples at least two of each class, so that one can be kept out
     * @param labels of each sample its class, 0..classes-1
     * @param seed of the choice of what is kept out
     */
    public static LinearProbe fit(float[][] samples, int[] labels, int classes, long seed) {
        boolean[] kept = keptOut(labels, classes, seed);
        float[][] training = chosen(samples, kept, false);
        int[] trainingLabels = chosen(labels, kept, false);
        float[][] validation = chosen(samples, kept, true);
        int[] validationLabels = chosen(labels, kept, true);
        if (validation.length == 0) {
            throw new IllegalArgumentException(
                    "the probe needs two samples of a class, so that one can be kept out, and has " + samples.length
                            + " samples of " + classes + " classes");
        }
        Map<Integer, Double> tried = new HashMap<>();
        int best = 0;
        double bestAccuracy = -1;
        for (int step = FIRST_STEP; step >= 1; step /= 2) {
            int centre = best;
            int reach = step == FIRST_STEP ? GREATEST : step;
            for (int exponent = Math.max(SMALLEST, centre - reach);
                    exponent <= Math.min(GREATEST, centre + reach);
                    exponent += step) {
                double accuracy = tried.computeIfAbsent(
                        exponent,
                        untried -> LogisticRegression.fit(
                                        training, trainingLabels, classes, penalty(untried, training.length), TOLERANCE)
                                .accuracy(validation, validationLabels));
                if (accuracy > bestAccuracy) {
                    best = exponent;
                    bestAccuracy = accuracy;
                }
            }
        }
        LogisticRegression classifier =
                LogisticRegression.fit(samples, labels, classes, penalty(best, samples.length), TOLERANCE);
        return new LinearProbe(strength(best), bestAccuracy, classifier);
    }

    private static double strength(int exponent) {
        return Math.pow(10, (double) exponent / STEPS_A_DECADE);
    }

    /** The paper's strength is that of the sum over samples; the regression's that of their mean. */
    private static double penalty(int exponent, int samples) {
        return strength(exponent) / samples;
    }

    /** Every fifth sample of each class in a random order, at least one where a class has two. */
    private static boolean[] keptOut(int[] labels, int classes, long seed) {
        int[] order = new int[labels.length];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < order.length; i++) {
            int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        int[] sizes = new int[classes];
        for (int label : labels) {
            sizes[label]++;
        }
        int[] taken = new int[classes];
        boolean[] kept = new boolean[labels.length];
        for (int i : order) {
            int label = labels[i];
            int wanted = sizes[label] < 2 ? 0 : Math.max(1, sizes[label] / VALIDATION);
            if (taken[label] < wanted) {
                kept[i] = true;
                taken[label]++;
            }
        }
        return kept;
    }

    private static float[][] chosen(float[][] samples, boolean[] kept, boolean wanted) {
        return IntStream.range(0, samples.length)
                .filter(i -> kept[i] == wanted)
                .mapToObj(i -> samples[i])
                .toArray(float[][]::new);
    }

    private static int[] chosen(int[] labels, boolean[] kept, boolean wanted) {
        return IntStream.range(0, labels.length)
                .filter(i -> kept[i] == wanted)
                .map(i -> labels[i])
                .toArray();
    }
}
