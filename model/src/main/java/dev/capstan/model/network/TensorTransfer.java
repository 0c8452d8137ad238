package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.tensors.FloatConversions;
import dev.capstan.model.tensors.TensorValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.function.Consumer;

/**
 * Moves floats between Java and the engine through one direct buffer that is used again and again: direct memory is given
 * back only when the garbage collector finds it. One thread.
 */
public final class TensorTransfer {
    private ByteBuffer staging = ByteBuffer.allocateDirect(0);

    /** Copies a floating-point tensor into the engine, as float32. The manager owns the array; no scope closes it. */
    public NDArray load(NDManager manager, TensorValue tensor) {
        Shape shape = new Shape(tensor.shape());
        return load(manager, shape, floats -> FloatConversions.copyFloats(tensor, floats));
    }

    /** Copies what a writer writes into the engine, as {@link #load(NDManager, TensorValue)} does. */
    public NDArray load(NDManager manager, Shape shape, Consumer<FloatBuffer> writer) {
        try (NDArray overStaging = lend(manager, shape, writer)) {
            NDArray owned = overStaging.duplicate();
            NDScope.unregister(owned);
            return owned;
        }
    }

    /**
     * An array over the staging buffer itself: without a copy on a processor, and good only until the next call. The
     * caller's scope closes it.
     */
    public NDArray lend(NDManager manager, Shape shape, Consumer<FloatBuffer> writer) {
        int bytes = Math.multiplyExact(Math.toIntExact(shape.size()), Float.BYTES);
        if (staging.capacity() < bytes) {
            staging = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        ByteBuffer part = staging.slice(0, bytes).order(ByteOrder.nativeOrder());
        writer.accept(part.asFloatBuffer());
        return manager.create(part, shape, DataType.FLOAT32);
    }
}
