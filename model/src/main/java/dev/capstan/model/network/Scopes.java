package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.util.function.Supplier;

/** Frees intermediate arrays as soon as a part of a forward pass is done, instead of at the end of the step. */
public final class Scopes {
    private Scopes() {}

    /**
     * Runs a part and closes every array that it made but the result, which then belongs to the scope around it. What
     * autograd needs stays alive in the engine.
     */
    public static NDArray within(Supplier<NDArray> part) {
        NDArray result;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            result = part.get();
            NDScope.unregister(result);
        }
        NDScope.register(result);
        return result;
    }
}
