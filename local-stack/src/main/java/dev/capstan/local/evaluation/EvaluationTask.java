package dev.capstan.local.evaluation;

/** What can be measured. */
public enum EvaluationTask {
    /** Classes by their names alone. */
    ZERO_SHOT,
    /** Classes by a linear classifier on the image encoder's features: asked for by name, for it has to be fitted. */
    PROBE,
    RETRIEVAL,
    CAPTIONS
}
