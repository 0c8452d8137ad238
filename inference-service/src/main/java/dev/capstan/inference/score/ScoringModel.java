package dev.capstan.inference.score;

import java.awt.image.BufferedImage;

/** What scoring asks of a model. One thread at a time. */
public interface ScoringModel extends AutoCloseable {

    /** The cosine of a picture and a text in the model's shared space, -1 to 1; what it answers may be NaN. */
    double similarity(BufferedImage picture, String text);

    @Override
    void close();
}
