package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Numbers that take part in forward passes, as arrays that live as long as the model.
 *
 * <p>Never write {@code x.mul(2)} inside a graph: DJL makes a temporary scalar over a Java buffer, which the garbage
 * collector may free while autograd still reads it, and the gradient is silently wrong. Write {@code
 * x.mul(constants.scalar(2))}.
 *
 * <p>Used by the model's thread only. The manager that it was given owns the arrays.
 */
public final class Constants {
    private final NDManager manager;
    private final Map<Float, NDArray> scalars = new HashMap<>();
    private final Map<List<Double>, NDArray> vectors = new HashMap<>();
    private final Map<String, NDArray> indices = new HashMap<>();
    private final Map<Long, NDArray> causalMasks = new HashMap<>();

    public Constants(NDManager manager) {
        this.manager = manager;
    }

    /** The manager under which inputs of a step are made. */
    public NDManager manager() {
        return manager;
    }

    /** A float32 scalar. */
    public NDArray scalar(float value) {
        return scalars.computeIfAbsent(value, v -> keep(new float[] {v}, new Shape()));
    }

    /** A float32 vector of one value. */
    public NDArray filled(float value, int length) {
        return vectors.computeIfAbsent(List.of((double) value, (double) length), key -> {
            float[] values = new float[length];
            Arrays.fill(values, value);
            return keep(values, new Shape(length));
        });
    }

    /**
     * What causal attention adds to its scores: 0 where a query may look, minus infinity where it may not.
     *
     * @param queries positions that look
     * @param past positions before the first query, which all may see
     * @return queries x (past + queries)
     */
    public NDArray causalMask(int queries, int past) {
        return causalMasks.computeIfAbsent(((long) queries << 32) | past, key -> {
            int keys = past + queries;
            float[] mask = new float[queries * keys];
            for (int query = 0; query < queries; query++) {
                Arrays.fill(mask, query * keys + past + query + 1, (query + 1) * keys, Float.NEGATIVE_INFINITY);
            }
            return keep(mask, new Shape(queries, keys));
        });
    }

    /** An int64 vector that is made once for each key. */
    NDArray indices(String key, Supplier<long[]> values) {
        return indices.computeIfAbsent(key, k -> {
            try (NDArray overJavaMemory = manager.create(values.get())) {
                NDArray owned = overJavaMemory.duplicate();
                NDScope.unregister(owned);
                return owned;
            }
        });
    }

    /** Makes an array whose memory the engine owns, and that no scope closes. */
    NDArray keep(float[] values, Shape shape) {
        try (NDArray overJavaMemory = manager.create(values, shape)) {
            NDArray owned = overJavaMemory.duplicate();
            NDScope.unregister(owned);
            return owned;
        }
    }
}
