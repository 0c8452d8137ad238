package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.tensors.FloatConversions;
import dev.capstan.model.tensors.TensorValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Parameters with one weight decay, their Adam moments and the moving average of their values, each one vector. The
 * trainee's thread uses it; the manager that it was loaded with owns the vectors.
 */
final class ParameterGroup {
    private static final String FIRST_MOMENT = "adam.m.";
    private static final String SECOND_MOMENT = "adam.v.";
    /**
     * Elements that are updated at a time. The engine's update passes over its operands a dozen times, so a run that fits
     * a processor's second-level cache is several times faster than the whole vector at once.
     */
    private static final int RUN = 1 << 15;

    private final FlatParameters layout;
    private final double weightDecay;
    private final NDArray values;
    private final NDArray firstMoment;
    private final NDArray secondMoment;
    private final @Nullable MovingAverage average;
    private final List<NDList> runs = new ArrayList<>();

    private ParameterGroup(
            FlatParameters layout,
            double weightDecay,
            NDArray values,
            NDArray firstMoment,
            NDArray secondMoment,
            @Nullable MovingAverage average) {
        this.layout = layout;
        this.weightDecay = weightDecay;
        this.values = values;
        this.firstMoment = firstMoment;
        this.secondMoment = secondMoment;
        this.average = average;
        NDList valueRuns = values.split(runCuts(), 0);
        NDList firstRuns = firstMoment.split(runCuts(), 0);
        NDList secondRuns = secondMoment.split(runCuts(), 0);
        for (int i = 0; i < valueRuns.size(); i++) {
            runs.add(new NDList(valueRuns.get(i), firstRuns.get(i), secondRuns.get(i)));
        }
    }

    /**
     * @param originals float32 values that go on being trained, by parameter name
     * @param served values to begin the moving average with
     * @param averageDecay decay of the moving average; 0 for none
     * @param state Adam moments of an earlier run by tensor name; null where there is none
     */
    static ParameterGroup load(
            List<ParameterSpec> specs,
            double weightDecay,
            double averageDecay,
            Constants constants,
            TensorTransfer transfer,
            Function<String, TensorValue> originals,
            Function<String, TensorValue> served,
            Function<String, @Nullable TensorValue> state) {
        FlatParameters layout = new FlatParameters(specs);
        NDManager manager = constants.manager();
        return new ParameterGroup(
                layout,
                weightDecay,
                layout.load(manager, transfer, originals),
                moments(layout, FIRST_MOMENT, manager, transfer, state),
                moments(layout, SECOND_MOMENT, manager, transfer, state),
                averageDecay > 0 ? new MovingAverage(layout.load(manager, transfer, served), averageDecay) : null);
    }

    private static NDArray moments(
            FlatParameters layout,
            String prefix,
            NDManager manager,
            TensorTransfer transfer,
            Function<String, @Nullable TensorValue> state) {
        return transfer.load(manager, new Shape(layout.elements()), floats -> {
            for (ParameterSpec spec : layout.specs()) {
                TensorValue moment = state.apply(prefix + spec.name());
                if (moment == null) {
                    floats.put(new float[Math.toIntExact(spec.elements())]);
                } else {
                    FloatConversions.copyFloats(moment, floats);
                }
            }
        });
    }

    private long[] runCuts() {
        int runsInAll = (int) ((layout.elements() + RUN - 1) / RUN);
        long[] cuts = new long[runsInAll - 1];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = (long) (i + 1) * RUN;
        }
        return cuts;
    }

    /** The values as a leaf of this step's graph. Belongs to the scope that is open. */
    NDArray leaf() {
        NDArray leaf = values.stopGradient();
        leaf.setRequiresGradient(true);
        return leaf;
    }

    /** Parameters as views of a leaf, or of the values. */
    Map<String, NDArray> views(NDArray vector) {
        return layout.views(vector);
    }

    /** Parameters as they are served. */
    Map<String, NDArray> servedViews() {
        return layout.views(served());
    }

    /** Squared norm of a gradient. */
    static double squaredNorm(NDArray gradient) {
        double norm = gradient.norm().getFloat();
        return norm * norm;
    }

    /** One AdamW update of all parameters (arXiv 1711.05101), then of their average. */
    void update(NDArray gradient, AdamWStep step) {
        NDList gradients = gradient.split(runCuts(), 0);
        for (int i = 0; i < runs.size(); i++) {
            NDList run = runs.get(i);
            step.apply(run.get(0), gradients.get(i), run.get(1), run.get(2), weightDecay);
        }
    }

    /** Lets the moving average follow, after an update. */
    void follow(long update) {
        if (average != null) {
            average.follow(values, update);
        }
    }

    boolean holds(String parameter) {
        return layout.specs().stream().anyMatch(spec -> spec.name().equals(parameter));
    }

    /** Cuts a parameter's values at a ceiling. */
    void limit(String parameter, NDArray ceiling) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray view = Objects.requireNonNull(layout.views(values).get(parameter), parameter);
            view.subi(view.sub(ceiling).getNDArrayInternal().relu());
        }
    }

    /** What is served: the average where there is one. */
    List<TensorValue> exportServed() {
        return layout.export(served(), "");
    }

    private NDArray served() {
        return average == null ? values : average.vector();
    }

    /** What is trained. */
    List<TensorValue> originals() {
        return layout.export(values, "");
    }

    List<TensorValue> moments() {
        List<TensorValue> moments = new ArrayList<>(layout.export(firstMoment, FIRST_MOMENT));
        moments.addAll(layout.export(secondMoment, SECOND_MOMENT));
        return moments;
    }
}
