package dev.capstan.corpora;

/** What a curation policy must look at to refuse a kind of dirt. */
public enum RuleFamily {
    /** The bytes are no image of an accepted format, or are broken. */
    DECODING,
    /** Width, height or the number of pixels. */
    DIMENSIONS,
    /** The longer side over the shorter. */
    ASPECT,
    /** The size of the file. */
    BYTES,
    /** The text is missing, too short or junk. */
    TEXT,
    /** The same pair came before. */
    DUPLICATE
}
