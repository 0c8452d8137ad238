package dev.capstan.trainer;

import dev.capstan.model.tensors.TensorValue;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The model being trained, as the trainer needs it. One thread uses it from its making to {@link #close}.
 */
interface Learner extends AutoCloseable {
    /**
     * Weights as a checkpoint holds them: copies that later steps do not change.
     *
     * @param architecture JSON that the model library reads
     * @param serving tensors that followers fetch
     * @param trainingState tensors that only a trainer needs
     */
    record Weights(String architecture, List<TensorValue> serving, List<TensorValue> trainingState) {
        public Weights {
            serving = List.copyOf(serving);
            trainingState = List.copyOf(trainingState);
        }
    }

    /**
     * One step's losses before its update.
     *
     * @param contrastive in nats, if the step had this part
     * @param caption in nats a token, if the step had this part
     * @param applied false if the update was refused because a loss or a gradient was not finite; the weights are then as before
     */
    record Learnt(OptionalDouble contrastive, OptionalDouble caption, boolean applied) {}

    /**
     * What held-out pairs say of the weights; a figure that is empty could not be measured.
     *
     * @param zeroShotPairs pairs behind zeroShotTop1
     */
    record Score(
            OptionalDouble contrastive,
            OptionalDouble caption,
            OptionalDouble recallAt1,
            OptionalDouble zeroShotTop1,
            int zeroShotPairs) {}

    /** Fewest pairs that a step can be made of. */
    int smallestBatch();

    /**
     * Makes one optimiser step.
     *
     * @param step its number, from 1; all randomness is a function of it
     */
    Learnt learn(List<LearningPair> pairs, long step);

    /**
     * Scores pairs that are never trained on.
     *
     * @param labels classes for zero-shot classification; none skips it
     * @param templates prompts with {} for the class
     */
    Score score(List<LearningPair> heldout, List<String> labels, List<String> templates);

    Weights weights();

    @Override
    void close();

    /** Makes learners from weights. */
    @FunctionalInterface
    interface Factory {
        Learner load(Weights weights);
    }
}
