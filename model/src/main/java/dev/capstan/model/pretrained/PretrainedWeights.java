package dev.capstan.model.pretrained;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Published weights matched with our parameters. The values stay in the mapped files until {@link #load} copies them, one
 * piece of one tensor at a time. Immutable.
 */
public final class PretrainedWeights {
    private final List<TensorValue> published;
    private final List<PretrainedTensor> tensors;
    private final ImportReport report;

    private PretrainedWeights(Collection<TensorValue> published, List<PretrainedTensor> tensors, ImportReport report) {
        this.published = List.copyOf(published);
        this.tensors = List.copyOf(tensors);
        this.report = report;
    }

    /**
     * Where a parameter's values are.
     *
     * @param names published tensors that follow each other along the first dimension
     * @param transposed whether rows and columns are exchanged
     */
    record Source(List<String> names, boolean transposed) {
        static Source of(String... names) {
            return new Source(List.of(names), false);
        }

        static Source transposed(String name) {
            return new Source(List.of(name), true);
        }
    }

    static PretrainedWeights match(
            Path directory,
            String format,
            Map<String, TensorValue> present,
            Map<String, ParameterSpec> specs,
            Function<String, Source> sources,
            Predicate<String> ignorable) {
        List<PretrainedTensor> tensors = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        List<String> misfits = new ArrayList<>();
        Set<String> unread = new LinkedHashSet<>(present.keySet());
        long elements = 0;
        for (ParameterSpec spec : specs.values()) {
            Source source = sources.apply(spec.name());
            List<TensorValue> parts = new ArrayList<>();
            for (String name : source.names()) {
                unread.remove(name);
                TensorValue part = present.get(name);
                if (part == null) {
                    missing.add(name);
                } else {
                    parts.add(part);
                }
            }
            if (parts.size() < source.names().size()) {
                continue;
            }
            List<String> faults = faults(spec, source, parts);
            misfits.addAll(faults);
            if (faults.isEmpty()) {
                tensors.add(new PretrainedTensor(spec, parts, source.transposed()));
                elements += spec.elements();
            }
        }
        List<String> ignored = unread.stream().filter(ignorable).sorted().toList();
        List<String> unexpected =
                unread.stream().filter(ignorable.negate()).sorted().toList();
        return new PretrainedWeights(
                present.values(),
                tensors,
                new ImportReport(directory, format, tensors.size(), elements, missing, misfits, unexpected, ignored));
    }

    private static List<String> faults(ParameterSpec spec, Source source, List<TensorValue> parts) {
        long[] expected = spec.dimensions();
        if (source.transposed()) {
            expected = new long[] {expected[1], expected[0]};
        } else if (parts.size() > 1) {
            expected[0] /= parts.size();
        }
        List<String> faults = new ArrayList<>();
        for (TensorValue part : parts) {
            if (!part.type().isFloatingPoint()) {
                faults.add(part + " should be F32, F16 or BF16");
            } else if (!Arrays.equals(part.shape(), expected)) {
                faults.add(part + " should have the shape " + Arrays.toString(expected));
            } else if (part.type() != parts.get(0).type()) {
                faults.add(part + " should have the type of " + parts.get(0));
            }
        }
        return faults;
    }

    public ImportReport report() {
        return report;
    }

    /** All that the files hold, under the files' own names. */
    public List<TensorValue> published() {
        return published;
    }

    /** Sentences on tensors that hold something else than finite numbers. Reads every value. */
    public List<String> damages() {
        List<String> damages = new ArrayList<>();
        for (PretrainedTensor tensor : tensors) {
            try {
                tensor.requireFinite();
            } catch (WeightsFormatException e) {
                damages.add(String.valueOf(e.getMessage()));
            }
        }
        return damages;
    }

    /**
     * The parameters under our names.
     *
     * @throws WeightsFormatException with the report, if it is not clean
     */
    public List<PretrainedTensor> tensors() throws WeightsFormatException {
        if (!report.isClean()) {
            throw new WeightsFormatException(report.describe());
        }
        return tensors;
    }

    /**
     * The values under our names, checked to be finite; those that need no rearrangement stay mapped files.
     *
     * @throws WeightsFormatException if the report is not clean, or a value is not a finite number
     */
    public List<TensorValue> tensorValues() throws WeightsFormatException {
        List<TensorValue> values = new ArrayList<>();
        for (PretrainedTensor tensor : tensors()) {
            values.add(tensor.toTensorValue());
        }
        return values;
    }

    /**
     * Copies the values into the engine as float32, by our names. The manager owns the arrays. Beside them no more than a
     * few megabytes are used at any time.
     *
     * @throws WeightsFormatException if the report is not clean, or a value is not a finite number; nothing is left behind
     */
    public Map<String, NDArray> load(NDManager manager, TensorTransfer transfer) throws WeightsFormatException {
        Map<String, NDArray> arrays = new HashMap<>();
        try {
            for (PretrainedTensor tensor : tensors()) {
                tensor.requireFinite();
                Shape shape = new Shape(tensor.spec().dimensions());
                arrays.put(tensor.spec().name(), transfer.loadInPieces(manager, shape, tensor::write));
            }
            return arrays;
        } catch (WeightsFormatException | RuntimeException | Error e) {
            arrays.values().forEach(NDArray::close);
            throw e;
        }
    }
}
