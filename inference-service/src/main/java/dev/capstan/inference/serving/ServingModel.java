package dev.capstan.inference.serving;

import dev.capstan.inference.labels.LabelTexts;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * What inference asks of a model. One thread at a time uses it: the follower's while it is warmed, the request loop's
 * under a lease afterwards. Only {@link #prepareImage} may be called beside.
 */
public interface ServingModel extends AutoCloseable {
    /** Labels, embedded by one model and of use to that model only. Plain values: nothing to free. */
    interface PreparedLabels {
        LabelTexts texts();
    }

    /** An image as one model takes it: small, whatever the picture's size. Plain values: nothing to free. */
    interface PreparedImage {}

    /** One image and the labels to choose among. */
    record LabelChoice(PreparedImage image, PreparedLabels labels, int top) {}

    /** Brings a picture into the model's size. Any thread may call it under a lease, beside the one that uses the model. */
    PreparedImage prepareImage(BufferedImage picture);

    /** Embeds labels, each with every template. */
    PreparedLabels prepareLabels(LabelTexts texts);

    /** For each choice the best labels with their probabilities, best first. All images go through the model at once. */
    List<List<ScoredChoice>> classify(List<LabelChoice> choices);

    /** A label and its probability among the choice's labels. */
    record ScoredChoice(String label, double probability) {}

    /** One caption for each image. */
    List<GroundedCaption> caption(List<PreparedImage> images, CaptionSettings settings);

    /** Runs every path once, so that the first request pays for nothing, and throws if an answer makes no sense. */
    void warmUp();

    /** Native arrays that the model holds now. */
    long nativeArrays();

    @Override
    void close();
}
