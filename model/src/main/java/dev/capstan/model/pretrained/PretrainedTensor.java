package dev.capstan.model.pretrained;

import dev.capstan.model.ParameterSpec;
import dev.capstan.model.tensors.FloatConversions;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * One of our parameters and where its values lie in the published files.
 *
 * @param spec the parameter
 * @param parts tensors that follow each other along its first dimension; most often one
 * @param transposed whether the one part is a matrix with rows and columns exchanged
 */
public record PretrainedTensor(ParameterSpec spec, List<TensorValue> parts, boolean transposed) {
    private static final int CHECKED = 1 << 16;

    public PretrainedTensor {
        parts = List.copyOf(parts);
        if (parts.isEmpty() || (transposed && parts.size() > 1)) {
            throw new IllegalArgumentException(spec.name() + " of " + parts);
        }
    }

    /** The values under our name. Copied only where parts are joined or a matrix is turned. */
    public TensorValue toTensorValue() throws WeightsFormatException {
        requireFinite();
        TensorValue first = parts.get(0);
        if (transposed) {
            FloatBuffer values = FloatBuffer.allocate(Math.toIntExact(spec.elements()));
            write(0, values.capacity(), values);
            return TensorValue.ofFloats(spec.name(), spec.dimensions(), values.array())
                    .as(first.type());
        }
        if (parts.size() == 1) {
            return new TensorValue(spec.name(), first.type(), spec.dimensions(), first.bytes());
        }
        ByteBuffer joined = ByteBuffer.allocate(Math.toIntExact(
                        parts.stream().mapToLong(TensorValue::byteSize).sum()))
                .order(ByteOrder.LITTLE_ENDIAN);
        parts.forEach(part -> joined.put(part.bytes()));
        return new TensorValue(spec.name(), first.type(), spec.dimensions(), joined.flip());
    }

    /** Widens a run of the elements. */
    void write(long from, int count, FloatBuffer target) {
        if (transposed) {
            writeTransposed(from, count, target);
            return;
        }
        long begin = 0;
        for (TensorValue part : parts) {
            long first = Math.max(from, begin);
            long end = Math.min(from + count, begin + part.elements());
            if (first < end) {
                FloatConversions.copyFloats(part, (int) (first - begin), (int) (end - first), target);
            }
            begin += part.elements();
        }
    }

    private void writeTransposed(long from, int count, FloatBuffer target) {
        int rows = Math.toIntExact(spec.shape().get(0));
        int columns = Math.toIntExact(spec.shape().get(1));
        float[] stored = parts.get(0).toFloats(); // columns x rows
        for (long at = from; at < from + count; at++) {
            int row = (int) (at / columns);
            int column = (int) (at % columns);
            target.put(stored[column * rows + row]);
        }
    }

    /**
     * @throws WeightsFormatException if a value is not a number, or infinite
     */
    void requireFinite() throws WeightsFormatException {
        float[] run = new float[CHECKED];
        for (TensorValue part : parts) {
            for (long from = 0; from < part.elements(); from += CHECKED) {
                int count = (int) Math.min(CHECKED, part.elements() - from);
                FloatConversions.copyFloats(part, (int) from, count, FloatBuffer.wrap(run));
                for (int i = 0; i < count; i++) {
                    if (!Float.isFinite(run[i])) {
                        throw new WeightsFormatException("tensor " + part + " holds " + run[i] + " at element "
                                + (from + i) + ": the weights are damaged");
                    }
                }
            }
        }
    }
}
