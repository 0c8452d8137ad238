package dev.capstan.model.training;

import java.util.OptionalDouble;

/**
 * What a step saw before it changed the weights: a prequential measure.
 *
 * @param contrastiveLoss mean symmetric contrastive loss in nats; empty if the mode has no contrastive part
 * @param captionLoss mean loss a caption token in nats; empty if the mode has no caption part
 * @param inBatchTop1 share of pictures whose own text, or an equal one, is the nearest of the batch; NaN without a
 *     contrastive part
 * @param applied whether the weights changed: a gradient that is not finite is thrown away
 */
public record StepResult(
        OptionalDouble contrastiveLoss, OptionalDouble captionLoss, double inBatchTop1, boolean applied) {}
