package dev.capstan.model.training;

/**
 * How a model learns.
 *
 * @param mode what learns
 * @param contrastive for the encoders and the logit scale, whatever the loss they learn by
 * @param projection for LiMBeR's linear map
 * @param captionShare share of a batch whose captions the linear map learns from, above 0 and up to 1; captions cost more
 *     than they teach in a large batch
 * @param averageDecay decay a step of the moving average of the trained weights that is served and scored; 0 serves the
 *     weights themselves
 */
public record TrainingOptions(
        TrainingMode mode,
        OptimiserOptions contrastive,
        OptimiserOptions projection,
        double captionShare,
        double averageDecay) {
    private static final long LIMBER_WARMUP = 100;

    public TrainingOptions {
        if (captionShare <= 0 || captionShare > 1) {
            throw new IllegalArgumentException("captionShare must be above 0 and at most 1, not " + captionShare);
        }
        if (averageDecay < 0 || averageDecay >= 1) {
            throw new IllegalArgumentException("averageDecay must be in 0..1, not " + averageDecay);
        }
    }

    /**
     * LiMBeR's recipe (repository jmerullo/limber, configs): AdamW with betas 0.9 and 0.95, no weight decay, rates of 8e-4 for the
     * linear map and 2e-6 for an encoder that is tuned, a gradient clip of 1, every caption, no average. The paper runs 15,000
     * steps of 2,048 pairs.
     */
    public static TrainingOptions limber(TrainingMode mode) {
        return new TrainingOptions(
                mode,
                new OptimiserOptions(2e-6, LIMBER_WARMUP, 0, 1, 0.9, 0.95, 1e-8, 0, 1),
                new OptimiserOptions(8e-4, LIMBER_WARMUP, 0, 1, 0.9, 0.95, 1e-8, 0, 1),
                1,
                0);
    }

    /** For a stream: constant rates, betas as the papers have them, and an average over some fifty steps. */
    public static TrainingOptions streaming(TrainingMode mode) {
        return new TrainingOptions(
                mode,
                OptimiserOptions.constant(1.5e-3, 50, 0.98, 0.1),
                OptimiserOptions.constant(1e-3, 50, 0.95, 0),
                0.5,
                0.98);
    }
}
