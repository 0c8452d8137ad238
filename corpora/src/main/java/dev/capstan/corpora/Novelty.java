package dev.capstan.corpora;

/** Whether a concept is known to the base weights or starts to arrive while the stream runs. */
public enum Novelty {
    /** The base weights were trained on pictures of it. */
    KNOWN,
    /** No picture of it was seen before the stream brings the first. */
    NEW
}
