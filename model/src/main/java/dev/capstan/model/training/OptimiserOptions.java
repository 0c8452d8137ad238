package dev.capstan.model.training;

/**
 * AdamW with a global-norm clip and a learning rate that warms up linearly, then stays or follows half a cosine or a line.
 *
 * @param learningRate after the warm-up
 * @param warmupSteps steps of the warm-up
 * @param decay how the rate comes down
 * @param totalSteps steps after which it has come down; 0 keeps the rate, as a stream without end needs
 * @param finalShare share of the learning rate that remains then, and after
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added to the root of the second moment
 * @param weightDecay decoupled, for matrices; gains and biases have none
 * @param gradientClip greatest norm of the gradient of all parameters together; infinite for no clip
 */
public record OptimiserOptions(
        double learningRate,
        long warmupSteps,
        Decay decay,
        long totalSteps,
        double finalShare,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        double gradientClip) {
    private static final double PAPER_EPSILON = 1e-6;
    private static final double FINAL_SHARE = 0.02;

    /** How a learning rate comes down after the warm-up. */
    public enum Decay {
        COSINE {
            @Override
            double share(double progress) {
                return 0.5 * (1 + Math.cos(Math.PI * progress));
            }
        },
        LINEAR {
            @Override
            double share(double progress) {
                return 1 - progress;
            }
        };

        /** From 1 at the beginning to 0 at the end. */
        abstract double share(double progress);
    }

    public OptimiserOptions {
        require(learningRate > 0 && Double.isFinite(learningRate), "learningRate must be positive");
        require(warmupSteps >= 0, "warmupSteps must not be negative");
        require(totalSteps == 0 || totalSteps > warmupSteps, "totalSteps must be 0 or above warmupSteps");
        require(finalShare >= 0 && finalShare <= 1, "finalShare must be in 0..1");
        require(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1, "betas must be in 0..1");
        require(epsilon > 0, "epsilon must be positive");
        require(weightDecay >= 0, "weightDecay must not be negative");
        require(gradientClip > 0, "gradientClip must be positive");
    }

    /** With a cosine, if the rate comes down at all. */
    public OptimiserOptions(
            double learningRate,
            long warmupSteps,
            long totalSteps,
            double finalShare,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            double gradientClip) {
        this(
                learningRate,
                warmupSteps,
                Decay.COSINE,
                totalSteps,
                finalShare,
                beta1,
                beta2,
                epsilon,
                weightDecay,
                gradientClip);
    }

    /** For a stream that does not end: constant after the warm-up. */
    public static OptimiserOptions constant(double learningRate, long warmupSteps, double beta2, double weightDecay) {
        return new OptimiserOptions(learningRate, warmupSteps, 0, 1, 0.9, beta2, PAPER_EPSILON, weightDecay, 1);
    }

    /** For a run of known length: half a cosine down to 2 % of the rate. */
    public static OptimiserOptions cosine(
            double learningRate, long warmupSteps, long totalSteps, double beta2, double weightDecay) {
        return new OptimiserOptions(
                learningRate, warmupSteps, totalSteps, FINAL_SHARE, 0.9, beta2, PAPER_EPSILON, weightDecay, 1);
    }

    /** For a run of known length: a line down to 2 % of the rate. */
    public static OptimiserOptions linear(
            double learningRate, long warmupSteps, long totalSteps, double beta2, double weightDecay) {
        return new OptimiserOptions(
                learningRate,
                warmupSteps,
                Decay.LINEAR,
                totalSteps,
                FINAL_SHARE,
                0.9,
                beta2,
                PAPER_EPSILON,
                weightDecay,
                1);
    }

    /**
     * @param step from 0
     */
    public double learningRateAt(long step) {
        double warm = warmupSteps == 0 ? 1 : Math.min(1, (step + 1) / (double) warmupSteps);
        if (totalSteps == 0) {
            return learningRate * warm;
        }
        double progress = Math.min(1, Math.max(0, step - warmupSteps) / (double) (totalSteps - warmupSteps));
        return learningRate * warm * (finalShare + (1 - finalShare) * decay.share(progress));
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
