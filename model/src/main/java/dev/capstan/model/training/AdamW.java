package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.tensors.TensorValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * AdamW over a set of parameters: matrices with weight decay, gains and biases without; one clip over the norm of all.
 * The trainee's thread uses it.
 */
final class AdamW {
    private static final String UPDATES = "adam.updates.";

    private final String name;
    private final OptimiserOptions options;
    private final List<ParameterGroup> groups = new ArrayList<>();
    private long updates;

    /**
     * @param name tells this optimiser's state from another's
     * @param averageDecay decay of the moving average; 0 for none
     * @param originals float32 values that go on being trained
     * @param served values to begin the moving average with
     * @param state of an earlier run, by tensor name
     */
    AdamW(
            String name,
            OptimiserOptions options,
            double averageDecay,
            List<ParameterSpec> specs,
            Constants constants,
            TensorTransfer transfer,
            Function<String, TensorValue> originals,
            Function<String, TensorValue> served,
            Function<String, @Nullable TensorValue> state) {
        this.name = name;
        this.options = options;
        for (ParameterSpec.Kind kind : List.of(ParameterSpec.Kind.MATRIX, ParameterSpec.Kind.GAIN_OR_BIAS)) {
            List<ParameterSpec> ofKind =
                    specs.stream().filter(spec -> spec.kind() == kind).toList();
            if (!ofKind.isEmpty()) {
                double decay = kind == ParameterSpec.Kind.MATRIX ? options.weightDecay() : 0;
                groups.add(ParameterGroup.load(
                        ofKind, decay, averageDecay, constants, transfer, originals, served, state));
            }
        }
        TensorValue count = state.apply(UPDATES + name);
        this.updates = count == null ? 0 : count.toLongs()[0];
    }

    /** One leaf of this step's graph for each group. */
    List<NDArray> leaves() {
        return groups.stream().map(ParameterGroup::leaf).toList();
    }

    /** Parameters as views of the leaves. */
    Map<String, NDArray> views(List<NDArray> leaves) {
        Map<String, NDArray> views = new HashMap<>();
        for (int i = 0; i < groups.size(); i++) {
            views.putAll(groups.get(i).views(leaves.get(i)));
        }
        return views;
    }

    /** Parameters as they are served, outside any graph. */
    Map<String, NDArray> servedViews() {
        Map<String, NDArray> views = new HashMap<>();
        groups.forEach(group -> views.putAll(group.servedViews()));
        return views;
    }

    /**
     * Updates the parameters with the leaves' gradients.
     *
     * @param step number for the learning rate, from 0
     * @return false, with nothing changed, if the gradient is not finite
     */
    boolean update(List<NDArray> leaves, long step) {
        List<NDArray> gradients = leaves.stream().map(NDArray::getGradient).toList();
        double norm = Math.sqrt(
                gradients.stream().mapToDouble(ParameterGroup::squaredNorm).sum());
        if (!Double.isFinite(norm)) {
            return false;
        }
        updates++;
        AdamWStep numbers = AdamWStep.of(options, options.learningRateAt(step), updates, norm);
        for (int i = 0; i < groups.size(); i++) {
            groups.get(i).update(gradients.get(i), numbers);
        }
        return true;
    }

    /** Updates so far, those of earlier runs included. */
    long updates() {
        return updates;
    }

    /** Lets the moving averages follow, after an update. */
    void follow() {
        groups.forEach(group -> group.follow(updates));
    }

    /** Values that are served: averages where there are any. */
    List<TensorValue> served() {
        return groups.stream().flatMap(group -> group.exportServed().stream()).toList();
    }

    /** Values that are trained. */
    List<TensorValue> originals() {
        return groups.stream().flatMap(group -> group.originals().stream()).toList();
    }

    /** Moments and the number of updates. */
    List<TensorValue> state() {
        List<TensorValue> state = new ArrayList<>();
        groups.forEach(group -> state.addAll(group.moments()));
        state.add(TensorValue.ofLongs(UPDATES + name, new long[] {}, new long[] {updates}));
        return state;
    }

    /** Cuts a parameter's values at a ceiling. */
    void limit(String parameter, NDArray ceiling) {
        groups.stream().filter(group -> group.holds(parameter)).forEach(group -> group.limit(parameter, ceiling));
    }
}
