package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.tensors.TensorValue;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The batch norms' running means and variances, as one vector: the forward pass moves them in place. Where weights are
 * averaged for serving, these are too. The trainee's thread uses it.
 */
final class RunningStatistics {
    private final FlatParameters layout;
    private final NDArray values;
    private final Map<String, NDArray> views;
    private final @Nullable MovingAverage average;

    /**
     * @param averageDecay decay of the moving average; 0 for none
     * @param originals values that go on moving
     * @param served values to begin the moving average with
     */
    RunningStatistics(
            List<ParameterSpec> specs,
            double averageDecay,
            Constants constants,
            TensorTransfer transfer,
            Function<String, TensorValue> originals,
            Function<String, TensorValue> served) {
        this.layout = new FlatParameters(specs);
        this.values = layout.load(constants.manager(), transfer, originals);
        this.views = layout.views(values);
        views.values().forEach(NDScope::unregister);
        this.average = averageDecay > 0
                ? new MovingAverage(layout.load(constants.manager(), transfer, served), averageDecay)
                : null;
    }

    /** Views that live as long as the statistics. */
    Map<String, NDArray> views() {
        return views;
    }

    /** Views of what is served. They belong to the scope that is open. */
    Map<String, NDArray> servedViews() {
        return average == null ? views : layout.views(average.vector());
    }

    /**
     * To be called after each update of the weights.
     *
     * @param update number of the update, from 1
     */
    void follow(long update) {
        if (average != null) {
            average.follow(values, update);
        }
    }

    List<TensorValue> served() {
        return layout.export(average == null ? values : average.vector(), "");
    }

    List<TensorValue> originals() {
        return layout.export(values, "");
    }
}
