package dev.capstan.model.training;

import java.util.OptionalDouble;

/**
 * How well a model does on pairs that it is never trained on.
 *
 * @param pairs pairs scored
 * @param contrastiveLoss mean symmetric contrastive loss over all of them in one batch, in nats
 * @param captionLoss mean loss a caption token, in nats; NaN where no pair has a caption
 * @param recallAt1 share of pictures whose own text is the nearest of all distinct texts
 * @param zeroShotTop1 share of pictures whose label is the nearest of all labels, over pairs whose text is a label; empty
 *     if there are none
 * @param zeroShotPairs pairs behind it
 */
public record HeldoutScore(
        int pairs,
        double contrastiveLoss,
        double captionLoss,
        double recallAt1,
        OptionalDouble zeroShotTop1,
        int zeroShotPairs) {}
