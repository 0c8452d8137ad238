package dev.capstan.trainer;

import dev.capstan.model.images.Augmentation;
import dev.capstan.model.images.ImagePreprocessor;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.records.TrainingMode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A model whose weights remember which pairs they were trained on, so that a test can compare what a checkpoint says with
 * what its weights hold. Pair ids are {@code pair-N}.
 */
final class FakeModels implements Models {
    /** Training state: the numbers of the pairs that the weights hold, in the order they were trained. */
    static final String SEEN = "seen";
    /** Serving tensor that only the joint mode changes. */
    static final String ENCODER = "clip.encoder";
    /** Serving tensor that every step changes. */
    static final String PROJECTION = "limber.projection";

    static final int ENCODER_FLOATS = 1000;
    static final int PROJECTION_FLOATS = 10;

    private final TrainingMode mode;
    private final Deque<Double> recalls = new ArrayDeque<>();
    private final Set<String> poisonous = ConcurrentHashMap.newKeySet();
    private final AtomicInteger loads = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger largestBatch = new AtomicInteger();

    private volatile int smallestBatch = 1;

    FakeModels(TrainingMode mode) {
        this.mode = mode;
    }

    /** Held-out recall of the next scorings; 0.5 when none is left. */
    synchronized void recallsNext(double... values) {
        for (double value : values) {
            recalls.addLast(value);
        }
    }

    /** A step needs at least this many pairs. */
    void needAtLeast(int pairs) {
        smallestBatch = pairs;
    }

    /** A step with this pair has no finite loss. */
    void poison(String pairId) {
        poisonous.add(pairId);
    }

    /** A step with this pair is sound again. */
    void cure(String pairId) {
        poisonous.remove(pairId);
    }

    int loads() {
        return loads.get();
    }

    /** Models that were loaded and not closed. */
    int open() {
        return open.get();
    }

    int largestBatch() {
        return largestBatch.get();
    }

    @Override
    public Learner.Weights base() {
        return weights(new float[ENCODER_FLOATS], new float[PROJECTION_FLOATS], List.of());
    }

    @Override
    public ImagePreprocessor preprocessor() {
        return new ImagePreprocessor(4, Augmentation.none());
    }

    @Override
    public Learner load(Learner.Weights weights) {
        loads.incrementAndGet();
        open.incrementAndGet();
        return new FakeLearner(weights);
    }

    private synchronized double nextRecall() {
        Double next = recalls.pollFirst();
        return next == null ? 0.5 : next;
    }

    private static Learner.Weights weights(float[] encoder, float[] projection, List<Long> seen) {
        return new Learner.Weights(
                "{}",
                List.of(
                        TensorValue.ofFloats(ENCODER, new long[] {encoder.length}, encoder),
                        TensorValue.ofFloats(PROJECTION, new long[] {projection.length}, projection)),
                List.of(TensorValue.ofLongs(
                        SEEN,
                        new long[] {seen.size()},
                        seen.stream().mapToLong(Long::longValue).toArray())));
    }

    private final class FakeLearner implements Learner {
        private final float[] encoder;
        private final float[] projection;
        private final List<Long> seen = new ArrayList<>();

        FakeLearner(Weights weights) {
            Map<String, TensorValue> serving = byName(weights.serving());
            encoder = get(serving, ENCODER).toFloats();
            projection = get(serving, PROJECTION).toFloats();
            for (long number : get(byName(weights.trainingState()), SEEN).toLongs()) {
                seen.add(number);
            }
        }

        @Override
        public int smallestBatch() {
            return smallestBatch;
        }

        @Override
        public Learnt learn(List<LearningPair> pairs, long step) {
            largestBatch.accumulateAndGet(pairs.size(), Math::max);
            if (pairs.stream().anyMatch(pair -> poisonous.contains(pair.pairId()))) {
                return new Learnt(OptionalDouble.of(Double.NaN), OptionalDouble.empty(), false);
            }
            pairs.forEach(pair -> seen.add(Long.parseLong(pair.pairId().substring("pair-".length()))));
            projection[0] = step;
            if (mode == TrainingMode.JOINT) {
                encoder[0] = step;
            }
            return new Learnt(OptionalDouble.of(1.0 / step), OptionalDouble.of(2.0 / step), true);
        }

        @Override
        public Score score(List<LearningPair> heldout, List<String> labels, List<String> templates) {
            return new Score(
                    OptionalDouble.of(1),
                    OptionalDouble.empty(),
                    OptionalDouble.of(nextRecall()),
                    labels.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(0.25),
                    labels.isEmpty() ? 0 : heldout.size());
        }

        @Override
        public Weights weights() {
            return FakeModels.weights(encoder.clone(), projection.clone(), seen);
        }

        @Override
        public void close() {
            open.decrementAndGet();
        }

        private static Map<String, TensorValue> byName(List<TensorValue> tensors) {
            return tensors.stream().collect(Collectors.toMap(TensorValue::name, Function.identity()));
        }

        private static TensorValue get(Map<String, TensorValue> tensors, String name) {
            TensorValue tensor = tensors.get(name);
            if (tensor == null) {
                throw new IllegalArgumentException("no tensor " + name + " in " + tensors.keySet());
            }
            return tensor;
        }
    }
}
