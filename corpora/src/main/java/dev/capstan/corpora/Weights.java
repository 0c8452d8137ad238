package dev.capstan.corpora;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/** Draws by weight. */
final class Weights {

    private Weights() {}

    static <T> T draw(List<T> choices, ToDoubleFunction<T> weight, RandomGenerator random) {
        double total = 0;
        for (T choice : choices) {
            total += weight.applyAsDouble(choice);
        }
        double left = random.nextDouble() * total;
        for (T choice : choices) {
            left -= weight.applyAsDouble(choice);
            if (left < 0) {
                return choice;
            }
        }
        return choices.get(choices.size() - 1);
    }
}
