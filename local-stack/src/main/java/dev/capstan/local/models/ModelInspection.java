package dev.capstan.local.models;

import dev.capstan.model.tensors.TensorValue;
import java.util.Arrays;
import java.util.List;

/**
 * What a directory of weights holds, against what its architecture needs. Lists are in the order of names.
 *
 * @param layout name of the layout
 * @param configuration the architecture as JSON, as the directory's configuration says
 * @param tensors all that were found
 * @param missing names that the architecture needs and no file has
 * @param unexpected names that the architecture does not know
 * @param wrong sentences on tensors that do not fit: shape, type, a second one of a name, values that are no numbers
 * @param ignored names of files that are not read, with the reason
 */
public record ModelInspection(
        String layout,
        String configuration,
        List<FoundTensor> tensors,
        List<String> missing,
        List<String> unexpected,
        List<String> wrong,
        List<String> ignored) {
    public ModelInspection {
        tensors = List.copyOf(tensors);
        missing = List.copyOf(missing);
        unexpected = List.copyOf(unexpected);
        wrong = List.copyOf(wrong);
        ignored = List.copyOf(ignored);
    }

    /**
     * A tensor of a file.
     *
     * @param name of the tensor
     * @param type element type
     * @param shape dimensions, outermost first
     * @param bytes its size
     * @param digest SHA-256 of type, shape and elements, as in checkpoint manifests
     */
    public record FoundTensor(String name, String type, List<Long> shape, long bytes, String digest) {
        public FoundTensor {
            shape = List.copyOf(shape);
        }

        /** Computes the digest. */
        static FoundTensor of(TensorValue tensor) {
            return new FoundTensor(
                    tensor.name(),
                    tensor.type().name(),
                    Arrays.stream(tensor.shape()).boxed().toList(),
                    tensor.byteSize(),
                    tensor.digest());
        }

        public long elements() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }
    }

    /** Whether the model can be loaded. */
    public boolean complete() {
        return missing.isEmpty() && unexpected.isEmpty() && wrong.isEmpty();
    }

    public long bytes() {
        return tensors.stream().mapToLong(FoundTensor::bytes).sum();
    }

    public long parameters() {
        return tensors.stream().mapToLong(FoundTensor::elements).sum();
    }
}
