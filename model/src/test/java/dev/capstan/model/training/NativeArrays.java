package dev.capstan.model.training;

import ai.djl.ndarray.NDManager;
import dev.capstan.model.ModelDevice;

/** Counts what lives in the engine, whoever owns it. */
public final class NativeArrays {
    private NativeArrays() {}

    /** Arrays under the engine's root manager. */
    public static long inTheEngine() {
        try (NDManager manager = ModelDevice.cpu().openManager()) {
            return manager.getParentManager().getManagedArrays().size();
        }
    }
}
