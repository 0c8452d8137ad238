package dev.capstan.corpora;

/** What stands behind a picture. */
public enum Background {
    WHITE,
    /** One random colour. */
    COLOUR,
    /** From one random colour to another, in any direction. */
    GRADIENT,
    /** Every pixel another colour near a base colour. */
    NOISE
}
