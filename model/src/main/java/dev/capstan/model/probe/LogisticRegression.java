package dev.capstan.model.probe;

import java.util.Arrays;

/**
 * Multinomial logistic regression with an L2 penalty, fitted by L-BFGS: the linear probe of CLIP (arXiv 2103.00020,
 * appendix A.3) as scikit-learn fits it. The mean log-loss plus {@code penalty / 2} times the sum of squares of the
 * weights, where scikit-learn's C is 1 / (penalty * samples); the biases are free. Immutable.
 */
public final class LogisticRegression {
    /** The paper's. */
    public static final int MOST_ITERATIONS = 1_000;

    private final int features;
    private final int classes;
    /** Rows of weights, one a class, then the biases. */
    private final double[] parameters;

    private final int iterations;

    private LogisticRegression(int features, int classes, double[] parameters, int iterations) {
        this.features = features;
        this.classes = classes;
        this.parameters = parameters;
        this.iterations = iterations;
    }

    /**
     * @param samples at least one, of one width; not normalised in any way
     * @param labels of each sample its class, 0..classes-1
     * @param penalty above 0
     * @param tolerance the search ends where no element of the gradient is larger
     * @throws IllegalArgumentException naming what does not fit
     */
    public static LogisticRegression fit(
            float[][] samples, int[] labels, int classes, double penalty, double tolerance) {
        if (samples.length == 0 || samples.length != labels.length) {
            throw new IllegalArgumentException(samples.length + " samples with " + labels.length + " labels");
        }
        if (!(penalty > 0)) {
            throw new IllegalArgumentException("the penalty must be above 0, not " + penalty);
        }
        int features = samples[0].length;
        for (int i = 0; i < samples.length; i++) {
            if (samples[i].length != features || labels[i] < 0 || labels[i] >= classes) {
                throw new IllegalArgumentException(
                        "sample " + i + " has " + samples[i].length + " features and the class " + labels[i]
                                + ", where the first has " + features + " and there are " + classes + " classes");
            }
        }
        Lbfgs.Result result = Lbfgs.minimise(
                (point, gradient) -> loss(samples, labels, classes, penalty, point, gradient),
                new double[(features + 1) * classes],
                tolerance,
                MOST_ITERATIONS);
        return new LogisticRegression(features, classes, result.point(), result.iterations());
    }

    private static double loss(
            float[][] samples, int[] labels, int classes, double penalty, double[] point, double[] gradient) {
        int features = samples[0].length;
        int biases = features * classes;
        double[] scores = new double[classes];
        double sum = 0;
        Arrays.fill(gradient, 0);
        for (int i = 0; i < samples.length; i++) {
            scores(samples[i], point, scores);
            double own = scores[labels[i]];
            sum += softmax(scores) - own;
            for (int c = 0; c < classes; c++) {
                double error = scores[c] - (c == labels[i] ? 1 : 0);
                int row = c * features;
                for (int j = 0; j < features; j++) {
                    gradient[row + j] += error * samples[i][j];
                }
                gradient[biases + c] += error;
            }
        }
        double squares = 0;
        for (int j = 0; j < gradient.length; j++) {
            gradient[j] /= samples.length;
            if (j < biases) {
                gradient[j] += penalty * point[j];
                squares += point[j] * point[j];
            }
        }
        return sum / samples.length + penalty / 2 * squares;
    }

    private static void scores(float[] sample, double[] point, double[] scores) {
        int features = sample.length;
        for (int c = 0; c < scores.length; c++) {
            double score = point[features * scores.length + c];
            int row = c * features;
            for (int j = 0; j < features; j++) {
                score += point[row + j] * sample[j];
            }
            scores[c] = score;
        }
    }

    /** Turns scores into probabilities and returns the logarithm of what they were divided by. */
    private static double softmax(double[] scores) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (double score : scores) {
            greatest = Math.max(greatest, score);
        }
        double sum = 0;
        for (int c = 0; c < scores.length; c++) {
            scores[c] = Math.exp(scores[c] - greatest);
            sum += scores[c];
        }
        for (int c = 0; c < scores.length; c++) {
            scores[c] /= sum;
        }
        return greatest + Math.log(sum);
    }

    /** Probabilities of the classes. */
    public double[] probabilities(float[] sample) {
        if (sample.length != features) {
            throw new IllegalArgumentException(sample.length + " features, where " + features + " were learnt");
        }
        double[] scores = new double[classes];
        scores(sample, parameters, scores);
        double unused = softmax(scores);
        return scores;
    }

    /** The likeliest class. */
    public int predict(float[] sample) {
        double[] probabilities = probabilities(sample);
        int best = 0;
        for (int c = 1; c < classes; c++) {
            best = probabilities[c] > probabilities[best] ? c : best;
        }
        return best;
    }

    /** Share of samples whose likeliest class is theirs. */
    public double accuracy(float[][] samples, int[] labels) {
        int right = 0;
        for (int i = 0; i < samples.length; i++) {
            right += predict(samples[i]) == labels[i] ? 1 : 0;
        }
        return samples.length == 0 ? 0 : (double) right / samples.length;
    }

    /** Steps that the fit took. */
    public int iterations() {
        return iterations;
    }
}
