package dev.capstan.model;

/** Which of the captions that a search found comes first. */
public enum CaptionRanking {
    /** The likeliest under the language model: the mean log-probability a token. */
    LIKELIHOOD,

    /**
     * The one that the picture supports best, as far as both models can tell: the language model's log-probability plus
     * the scaled cosine of caption and image, which is CLIP's log-probability among the captions but for a constant. A
     * language model adds what often goes together; this holds it to what is to be seen.
     */
    GROUNDING
}
