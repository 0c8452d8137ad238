package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of the positions that a language model has read, layer by layer. Belongs to one decoding, which closes
 * it: scopes do not free what it holds. Never part of a graph. Legend: B batch, H heads, K positions, W width of a head.
 */
public final class KeyValueCache implements AutoCloseable {
    private final List<@Nullable NDArray> keys = new ArrayList<>();
    private final List<@Nullable NDArray> values = new ArrayList<>();

    public KeyValueCache(int layers) {
        for (int layer = 0; layer < layers; layer++) {
            keys.add(null);
            values.add(null);
        }
    }

    /** Positions held. */
    public int length() {
        NDArray first = keys.get(0);
        return first == null ? 0 : (int) first.getShape().get(2);
    }

    /** Adds the keys of new positions, B x H x Q x W, and returns all of them, B x H x K x W. */
    NDArray appendKeys(int layer, NDArray added) {
        return append(keys, layer, added);
    }

    NDArray appendValues(int layer, NDArray added) {
        return append(values, layer, added);
    }

    private static NDArray append(List<@Nullable NDArray> held, int layer, NDArray added) {
        NDArray before = held.get(layer);
        NDArray all = before == null ? added.duplicate() : before.concat(added, 2);
        replace(held, layer, before, all);
        return all;
    }

    /**
     * Makes row i continue what row {@code rows[i]} was.
     *
     * @param rows int64 vector
     */
    public void select(NDArray rows) {
        for (int layer = 0; layer < keys.size(); layer++) {
            select(keys, layer, rows);
            select(values, layer, rows);
        }
    }

    private static void select(List<@Nullable NDArray> held, int layer, NDArray rows) {
        NDArray before = held.get(layer);
        if (before != null) {
            replace(held, layer, before, before.get(rows));
        }
    }

    private static void replace(List<@Nullable NDArray> held, int layer, @Nullable NDArray before, NDArray after) {
        NDScope.unregister(after);
        held.set(layer, after);
        if (before != null) {
            before.close();
        }
    }

    @Override
    public void close() {
        close(keys);
        close(values);
    }

    private static void close(List<@Nullable NDArray> held) {
        for (int layer = 0; layer < held.size(); layer++) {
            NDArray array = held.set(layer, null);
            if (array != null) {
                array.close();
            }
        }
    }
}
