package dev.capstan.model.training;

/**
 * How a model learns.
 *
 * @param mode what learns
 * @param contrastive for the encoders and the logit scale
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
    public TrainingOptions {
        if (captionShare <= 0 || captionShare > 1) {
            throw new IllegalArgumentException("captionShare must be above 0 and at most 1, not " + captionShare);
        }
        if (averageDecay < 0 || averageDecay >= 1) {
            throw new IllegalArgumentException("averageDecay must be in 0..1, not " + averageDecay);
        }
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
