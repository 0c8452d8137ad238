package dev.capstan.corpora;

import java.awt.image.BufferedImage;
import java.util.random.RandomGenerator;

/** One vendor's drawing of a concept on a transparent ground. Safe for use by several threads. */
public interface Picture {

    /**
     * Draws the picture as {@link BufferedImage#TYPE_INT_ARGB_PRE}. The image belongs to the caller.
     *
     * @param random varies drawings that can vary (the place and size of shapes); ignored by the others
     */
    BufferedImage draw(RandomGenerator random);
}
