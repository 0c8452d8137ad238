package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/**
 * The numbers of one AdamW update, and the engine's operation for it.
 *
 * @param learningRate of this step
 * @param corrected learning rate times the correction of both moments' bias
 * @param epsilon in the scale of the uncorrected second moment, where the engine adds it
 * @param rescale factor of the gradient: clips its global norm
 * @param options decays and epsilon
 */
record AdamWStep(double learningRate, double corrected, double epsilon, double rescale, OptimiserOptions options) {
    /** DJL's own clip cuts only positive values; below zero it is off. */
    private static final float NO_CLIP = -1;

    /**
     * @param update number of the update, from 1
     * @param gradientNorm norm of the gradient of all parameters together
     */
    static AdamWStep of(OptimiserOptions options, double learningRate, long update, double gradientNorm) {
        double secondCorrection = Math.sqrt(1 - Math.pow(options.beta2(), (double) update));
        double correction = secondCorrection / (1 - Math.pow(options.beta1(), (double) update));
        double rescale = gradientNorm > options.gradientClip() ? options.gradientClip() / gradientNorm : 1;
        return new AdamWStep(
                learningRate, learningRate * correction, options.epsilon() * secondCorrection, rescale, options);
    }

    /** Updates values and moments in place. */
    void apply(NDArray values, NDArray gradient, NDArray firstMoment, NDArray secondMoment, double weightDecay) {
        values.getNDArrayInternal()
                .adamUpdate(
                        new NDList(values, gradient, firstMoment, secondMoment),
                        new NDList(values),
                        (float) learningRate,
                        (float) corrected,
                        (float) weightDecay,
                        (float) rescale,
                        NO_CLIP,
                        (float) options.beta1(),
                        (float) options.beta2(),
                        (float) epsilon,
                        false,
                        true);
    }
}
