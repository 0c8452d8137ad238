package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;

/** Parameters by name. Forward passes read them and never own them. */
@FunctionalInterface
public interface Weights {
    /**
     * @throws IllegalArgumentException if there is no such parameter
     */
    NDArray get(String name);

    /** The parameters below a prefix, by the rest of their names. */
    default Weights under(String prefix) {
        return name -> get(prefix + name);
    }
}
