package dev.capstan.trainer;

/** Turns raw records into pairs for the model. Called by several threads at once, off the model's thread. */
@FunctionalInterface
interface PairPreparer {
    /** The first use of a pair, as opposed to the step that it is drawn again for. */
    long FIRST_USE = -1;

    /**
     * @param draw {@link #FIRST_USE}, or the step that the pair is drawn again for: other random numbers augment it
     */
    Preparation prepare(RawPair raw, long draw);
}
