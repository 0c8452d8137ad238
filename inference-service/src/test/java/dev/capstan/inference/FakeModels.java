package dev.capstan.inference;

import dev.capstan.inference.labels.LabelTexts;
import dev.capstan.inference.reload.ServingModels;
import dev.capstan.inference.serving.ServingModel;
import dev.capstan.model.tensors.TensorValue;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Builds fake models of checkpoints and remembers what became of them. Any thread. */
final class FakeModels implements ServingModels {
    /** A weight that no model can be built of. */
    static final int UNLOADABLE = -1;
    /** A weight whose model fails while it is warmed. */
    static final int COLD = -2;

    private final Set<Integer> open = ConcurrentHashMap.newKeySet();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final List<Prepared> prepared = new CopyOnWriteArrayList<>();

    /** Labels that the model of a weight has embedded, and on which thread. */
    record Prepared(int weight, LabelTexts texts, String thread) {}

    /** The tensor of a checkpoint with a weight. */
    static TensorValue tensor(int weight) {
        return TensorValue.ofFloats("weight", new long[] {1}, new float[] {weight});
    }

    @Override
    public ServingModel build(String architecture, List<TensorValue> tensors) {
        int weight = (int) tensors.get(0).bytes().order(ByteOrder.LITTLE_ENDIAN).getFloat(0);
        if (weight == UNLOADABLE) {
            throw new IllegalArgumentException("no model has this weight");
        }
        open.add(weight);
        return new FakeModel(weight, this);
    }

    /** Weights of the models that are not closed. */
    Set<Integer> open() {
        return Set.copyOf(open);
    }

    /** What no model must see. */
    List<String> violations() {
        return List.copyOf(violations);
    }

    List<Prepared> prepared() {
        return List.copyOf(prepared);
    }

    void warmingUp(int weight) {
        if (weight == COLD) {
            throw new IllegalStateException("this model stays cold");
        }
    }

    void prepared(int weight, LabelTexts texts) {
        prepared.add(new Prepared(weight, texts, Thread.currentThread().getName()));
    }

    void closed(int weight) {
        open.remove(weight);
    }

    void violated(String what) {
        violations.add(what);
    }
}
