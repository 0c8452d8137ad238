package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.tensors.FloatConversions;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The layout of many parameters in one vector. The graph sees a parameter as a view into the vector, so that one gradient
 * vector comes back (the gradient of a split is one concatenation), and the optimiser works on long runs instead of a
 * hundred small tensors.
 */
final class FlatParameters {
    private final List<ParameterSpec> specs;
    /** Where each parameter but the first begins. */
    private final long[] cuts;

    private final long elements;

    FlatParameters(List<ParameterSpec> specs) {
        if (specs.isEmpty()) {
            throw new IllegalArgumentException("no parameters");
        }
        this.specs = List.copyOf(specs);
        this.cuts = new long[specs.size() - 1];
        long offset = specs.get(0).elements();
        for (int i = 1; i < specs.size(); i++) {
            cuts[i - 1] = offset;
            offset += specs.get(i).elements();
        }
        this.elements = offset;
    }

    List<ParameterSpec> specs() {
        return specs;
    }

    long elements() {
        return elements;
    }

    /** A vector with the values of tensors, in the engine. */
    NDArray load(NDManager manager, TensorTransfer transfer, Function<String, TensorValue> tensors) {
        return transfer.load(manager, new Shape(elements), floats -> {
            for (ParameterSpec spec : specs) {
                FloatConversions.copyFloats(tensors.apply(spec.name()), floats);
            }
        });
    }

    /** Views of a vector, by parameter. They belong to the scope that is open. */
    Map<String, NDArray> views(NDArray vector) {
        NDList parts = vector.split(cuts, 0);
        Map<String, NDArray> views = new HashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            ParameterSpec spec = specs.get(i);
            views.put(spec.name(), parts.get(i).reshape(new Shape(spec.dimensions())));
        }
        return views;
    }

    /**
     * The tensors of a vector, as float32.
     *
     * @param prefix put before each parameter's name
     */
    List<TensorValue> export(NDArray vector, String prefix) {
        ByteBuffer bytes = vector.toByteBuffer().order(ByteOrder.nativeOrder());
        List<TensorValue> tensors = new ArrayList<>(specs.size());
        int offset = 0;
        for (ParameterSpec spec : specs) {
            int length = Math.toIntExact(spec.elements() * Float.BYTES);
            tensors.add(new TensorValue(
                    prefix + spec.name(), TensorType.F32, spec.dimensions(), bytes.slice(offset, length)));
            offset += length;
        }
        return tensors;
    }
}
