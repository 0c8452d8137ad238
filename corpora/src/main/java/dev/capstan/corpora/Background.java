package dev.capstan.corpora;

/** What stands behind a picture. */
public enum Background {
    WHITE,
    /** One random colour. */
    COLOUR,
    /** From one random colour to another. */
    GRADIENT,
    /** Coarse random blotches, as a photograph's blurred ground. */
    BLOTCHES,
    /** Every pixel another colour near a base colour. */
    NOISE
}
