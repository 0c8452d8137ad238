package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;

/**
 * The exponential moving average of a vector: what is served, for single steps throw the weights about more than they move
 * them on. The trainee's thread uses it.
 */
final class MovingAverage {
    private final NDArray average;
    private final double decay;

    /**
     * @param average where it begins; changed in place
     * @param decay what stays of it at each step, once there have been many
     */
    MovingAverage(NDArray average, double decay) {
        this.average = average;
        this.decay = decay;
    }

    /**
     * Follows the values after an update. Over the first updates the average is short, so that it leaves its beginning
     * behind.
     *
     * @param update number of the update, from 1
     */
    void follow(NDArray values, long update) {
        double early = (1.0 + update) / (10.0 + update);
        float share = (float) (1 - Math.min(decay, early));
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray scalar = average.getManager().create(share);
            average.addi(values.sub(average).muli(scalar));
        }
    }

    NDArray vector() {
        return average;
    }
}
