package dev.capstan.inference.serving;

import dev.capstan.inference.labels.LabelTexts;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * What inference asks of a model. One thread at a time uses it: the follower's while it is warmed, the request loop's
 * under a lease afterwards.
 */
public interface ServingModel extends AutoCloseable {
    /** Labels, embedded by one model and of use to that model only. Plain values: nothing to free. */
    interface PreparedLabels {
        LabelTexts texts();
    }

    /** One image and the labels to choose among. */
    record LabelChoice(BufferedImage image, PreparedLabels labels, int top) {}

    /** Embeds labels, each with every template. */
    PreparedLabels prepare(LabelTexts texts);

    /** For each choice the best labels with their probabilities, best first. All images go through the model at once. */
    List<List<ScoredChoice>> classify(List<LabelChoice> choices);

    /** A label and its probability among the choice's labels. */
    record ScoredChoice(String label, double probability) {}

    /** One caption for each image. */
    List<GroundedCaption> caption(List<BufferedImage> images, CaptionSettings settings);

    /** Runs every path once, so that the first request pays for nothing, and throws if an answer makes no sense. */
    void warmUp();

    /** Native arrays that the model holds now. */
    long nativeArrays();

    @Override
    void close();
}
