package dev.capstan.trainer;

/** What became of a raw record on its way to the model. */
sealed interface Preparation {
    /** It can be trained on. */
    record Ready(LearningPair pair) implements Preparation {}

    /**
     * It can never be read as a pair.
     *
     * @param reason why, in one sentence
     */
    record Unreadable(String reason) implements Preparation {}

    /** A takedown names it: it is read past and never learnt from. */
    record TakenDown() implements Preparation {}

    /**
     * Whether it can be read is not known now; it is tried again.
     *
     * @param reason why, in one sentence
     */
    record Unavailable(String reason) implements Preparation {}
}
