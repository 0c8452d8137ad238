package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
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
    /** Elements of a piece: 4 MiB. */
    private static final int PIECE = 1 << 20;

    private ByteBuffer staging = ByteBuffer.allocateDirect(0);

    /** Copies a floating-point tensor into the engine, as float32. The manager owns the array; no scope closes it. */
    public NDArray load(NDManager manager, TensorValue tensor) {
        Shape shape = new Shape(tensor.shape());
        return load(manager, shape, floats -> FloatConversions.copyFloats(tensor, floats));
    }

    /**
     * Copies values into the engine piece by piece, so that no more than one piece of them lies twice in memory. The
     * manager owns the array; no scope closes it.
     */
    public NDArray loadInPieces(NDManager manager, Shape shape, PieceWriter writer) {
        NDArray owned = manager.zeros(shape, DataType.FLOAT32);
        NDScope.unregister(owned);
        long elements = shape.size();
        try (NDArray flat = owned.reshape(elements)) {
            for (long from = 0; from < elements; from += PIECE) {
                int count = (int) Math.min(PIECE, elements - from);
                ByteBuffer bytes = stage(count);
                writer.write(from, count, bytes.asFloatBuffer());
                try (NDArray written = manager.create(bytes, new Shape(count), DataType.FLOAT32);
                        NDArray piece = flat.get(new NDIndex().addSliceDim(from, from + count))) {
                    piece.addi(written);
                }
            }
        } catch (RuntimeException | Error e) {
            owned.close();
            throw e;
        }
        return owned;
    }

    /** Writes a run of a tensor's elements. */
    @FunctionalInterface
    public interface PieceWriter {
        void write(long from, int count, FloatBuffer target);
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
        ByteBuffer part = stage(Math.toIntExact(shape.size()));
        writer.accept(part.asFloatBuffer());
        return manager.create(part, shape, DataType.FLOAT32);
    }

    private ByteBuffer stage(int floats) {
        int bytes = Math.multiplyExact(floats, Float.BYTES);
        if (staging.capacity() < bytes) {
            staging = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        return staging.slice(0, bytes).order(ByteOrder.nativeOrder());
    }
}
