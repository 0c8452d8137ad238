package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.TorchScriptImageEncoder;
import dev.capstan.model.images.PixelImage;
import dev.capstan.model.network.CaptioningNetwork;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.network.Weights;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import dev.capstan.model.text.Tokenizers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The model while it learns: weights, optimiser state, steps.
 *
 * <p>One thread owns it, from loading to closing. It owns its native memory, under one manager that {@link #close} frees;
 * every step frees what it made. After an exception from {@link #step} the weights are undefined: close it and load the
 * last checkpoint.
 */
public final class Trainee implements AutoCloseable {
    /** Logits are never scaled by more than 100 (arXiv 2103.00020, section 2.5). */
    private static final float GREATEST_LOGIT_SCALE = (float) Math.log(100);

    private static final long SEED_SPREAD = 0x9e3779b97f4a7c15L;
    private static final int SEED_MASK = 0x7fffffff;

    private final NDManager manager;
    private final Tokenizers tokenizers;
    private final TrainingOptions options;
    private final ModelBundle origin;
    private final Map<String, TensorValue> originState;
    private final Map<String, ParameterSpec> specs;
    private final CaptioningNetwork network;
    private final ContrastiveLoss contrastiveLoss;
    private final CaptionLoss captionLoss;
    /** What does not change. */
    private final Map<String, NDArray> frozen = new HashMap<>();

    private final @Nullable RunningStatistics statistics;
    private final @Nullable AdamW contrastive;
    private final @Nullable AdamW projection;
    /** Of an image encoder that learns from captions. */
    private final @Nullable AdamW tuning;

    private Trainee(
            ModelBundle origin,
            Map<String, TensorValue> originState,
            TrainingOptions options,
            NDManager manager,
            Tokenizers tokenizers)
            throws WeightsFormatException {
        this.manager = manager;
        this.tokenizers = tokenizers;
        this.options = options;
        this.origin = origin;
        this.originState = originState;
        this.specs = ParameterCatalog.of(origin.architecture());
        TensorTransfer transfer = new TensorTransfer();
        this.network = new CaptioningNetwork(origin, manager, transfer, tokenizers);
        this.contrastiveLoss = new ContrastiveLoss(network.constants());
        this.captionLoss = new CaptionLoss(network);
        this.contrastive = options.mode().contrastive()
                ? optimiser("contrastive", options.contrastive(), ParameterCatalog.CLIP, transfer)
                : null;
        this.projection = options.mode().projection()
                ? optimiser("projection", options.projection(), ParameterCatalog.LIMBER, transfer)
                : null;
        this.tuning = options.mode().tunesEncoder()
                ? optimiser("tuning", options.contrastive(), ParameterCatalog.IMAGE_ENCODER, transfer)
                : null;
        Map<String, TensorValue> served = origin.byName();
        List<ParameterSpec> statisticSpecs = specs.values().stream()
                .filter(spec -> spec.kind() == ParameterSpec.Kind.STATISTIC)
                .toList();
        // Only encoders with batch norms have any.
        this.statistics = options.mode().contrastive() && !statisticSpecs.isEmpty()
                ? new RunningStatistics(
                        statisticSpecs,
                        options.averageDecay(),
                        network.constants(),
                        transfer,
                        name -> original(name, served),
                        name -> present(name, served))
                : null;
        for (ParameterSpec spec : specs.values()) {
            if (!changes(spec)) {
                // What is frozen computes as it is served.
                frozen.put(spec.name(), transfer.load(manager, present(spec.name(), served)));
            }
        }
    }

    /**
     * Copies a bundle's weights to a device and takes up training where a state left it.
     *
     * @param trainingState what {@link #trainingState()} gave beside the bundle's tensors; empty to begin anew. What
     *     belongs to parameters that this mode does not train is ignored.
     * @throws WeightsFormatException if a tokenizer, or a program that is the image encoder, cannot be read
     * @throws IllegalArgumentException if captions are to tune an encoder that is a program, and frozen
     */
    public static Trainee load(
            ModelBundle bundle, List<TensorValue> trainingState, TrainingOptions options, ModelDevice device)
            throws WeightsFormatException {
        if (options.mode().tunesEncoder() && bundle.architecture().image() instanceof TorchScriptImageEncoder) {
            throw new IllegalArgumentException("the image encoder is a TorchScript program, which is frozen: the mode "
                    + options.mode() + " would tune it");
        }
        Map<String, TensorValue> state = new HashMap<>();
        trainingState.forEach(tensor -> state.put(tensor.name(), tensor));
        Tokenizers tokenizers = Tokenizers.load(bundle);
        NDManager manager = null;
        try {
            manager = device.openManager();
            return new Trainee(bundle, state, options, manager, tokenizers);
        } catch (WeightsFormatException | RuntimeException | Error e) {
            if (manager != null) {
                manager.close();
            }
            tokenizers.close();
            throw e;
        }
    }

    private AdamW optimiser(String name, OptimiserOptions numbers, String prefix, TensorTransfer transfer) {
        Map<String, TensorValue> served = origin.byName();
        List<ParameterSpec> trained = specs.values().stream()
                .filter(spec -> spec.name().startsWith(prefix) && spec.kind() != ParameterSpec.Kind.STATISTIC)
                .toList();
        return new AdamW(
                name,
                numbers,
                options.averageDecay(),
                trained,
                network.constants(),
                transfer,
                parameter -> original(parameter, served),
                parameter -> present(parameter, served),
                originState::get);
    }

    private boolean changes(ParameterSpec spec) {
        return (options.mode().contrastive() && spec.name().startsWith(ParameterCatalog.CLIP))
                || (options.mode().projection() && spec.name().startsWith(ParameterCatalog.LIMBER))
                || (options.mode().tunesEncoder()
                        && spec.kind() != ParameterSpec.Kind.STATISTIC
                        && spec.name().startsWith(ParameterCatalog.IMAGE_ENCODER));
    }

    /** The float32 original where the state has it, else what is served. */
    private TensorValue original(String name, Map<String, TensorValue> served) {
        TensorValue original = originState.get(name);
        return original == null ? present(name, served) : original;
    }

    private static TensorValue present(String name, Map<String, TensorValue> tensors) {
        TensorValue tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no tensor " + name);
        }
        return tensor;
    }

    public ModelArchitecture architecture() {
        return origin.architecture();
    }

    /**
     * One step on a batch: forward, losses, backward, update. The parts that run are those of the mode; they share the
     * image features, and captions reach the image encoder only where it is tuned by them.
     *
     * @param step number of the step since the import, from 0: the learning rate and the dropout depend on it
     */
    public StepResult step(PairBatch batch, long step) {
        return step(step, batch.texts(), weights -> losses(weights, batch));
    }

    /**
     * One step of the linear map alone, on what {@link #limberInputs} gave of pictures in this run or an earlier one: what
     * {@link #step(PairBatch, long)} does on the pictures, without their encoder.
     *
     * @param captions one a picture
     * @throws IllegalStateException if more learns than the linear map
     */
    public StepResult step(List<float[]> limberInputs, List<String> captions, long step) {
        requireFrozenEncoder();
        if (limberInputs.isEmpty() || limberInputs.size() != captions.size()) {
            throw new IllegalArgumentException(limberInputs.size() + " pictures but " + captions.size() + " captions");
        }
        return step(step, captions, weights -> {
            NDArray soft = network.softPrompt(weights, network.uploadLimberInputs(limberInputs), true);
            return new Losses(null, captionLoss.compute(weights, soft, captions));
        });
    }

    /**
     * What the linear map reads of pictures, a row a picture: while nothing but the map learns it stays as it is, and need not
     * be computed again.
     *
     * @throws IllegalStateException if more learns than the linear map
     */
    public float[][] limberInputs(List<PixelImage> images) {
        requireFrozenEncoder();
        return network.limberInputs(weights(Map.of()), images);
    }

    private void requireFrozenEncoder() {
        if (options.mode() != TrainingMode.LIMBER) {
            throw new IllegalStateException("what the linear map reads changes in the mode " + options.mode());
        }
    }

    private StepResult step(long step, List<String> texts, Function<Weights, Losses> forward) {
        try (GradientSession session = GradientSession.open(manager)) {
            manager.getEngine().setRandomSeed((int) ((step * SEED_SPREAD) >>> 32) & SEED_MASK);
            List<NDArray> clipLeaves = contrastive == null ? List.of() : contrastive.leaves();
            List<NDArray> limberLeaves = projection == null ? List.of() : projection.leaves();
            List<NDArray> tuningLeaves = tuning == null ? List.of() : tuning.leaves();
            Map<String, NDArray> learning = new HashMap<>();
            if (tuning != null) {
                learning.putAll(tuning.views(tuningLeaves));
            }
            if (contrastive != null) {
                learning.putAll(contrastive.views(clipLeaves));
            }
            if (statistics != null) {
                learning.putAll(statistics.views());
            }
            if (projection != null) {
                learning.putAll(projection.views(limberLeaves));
            }
            Losses losses = forward.apply(weights(learning));
            if (losses.isEmpty()) {
                return losses.result(texts, false);
            }
            session.backward(losses.sum());
            boolean applied = true;
            if (contrastive != null) {
                applied = updateEncoders(contrastive, statistics, clipLeaves, step);
            }
            if (projection != null && losses.caption() != null) {
                applied &= projection.update(limberLeaves, step);
                projection.follow();
            }
            if (tuning != null && losses.caption() != null) {
                applied &= tuning.update(tuningLeaves, step);
                tuning.follow();
            }
            return losses.result(texts, applied);
        }
    }

    private boolean updateEncoders(
            AdamW encoders, @Nullable RunningStatistics running, List<NDArray> leaves, long step) {
        boolean applied = encoders.update(leaves, step);
        if (!architecture().text().logitBias()) {
            encoders.limit(ParameterCatalog.LOGIT_SCALE, network.constants().scalar(GREATEST_LOGIT_SCALE));
        }
        encoders.follow();
        if (running != null) {
            running.follow(encoders.updates());
        }
        return applied;
    }

    private Losses losses(Weights weights, PairBatch batch) {
        int wanted = Math.max(1, (int) Math.round(batch.size() * options.captionShare()));
        int captioned =
                options.mode().projection() ? Math.min(wanted, batch.captions().size()) : 0;
        if (!options.mode().contrastive() && captioned == 0) {
            return new Losses(null, null);
        }
        ImageEncoder.Features features = network.encodeImages(
                weights, network.upload(batch.images()), options.mode().contrastive());
        ContrastiveLoss.Result contrast = null;
        if (options.mode().contrastive()) {
            NDArray texts = network.encodeTexts(weights, batch.texts());
            contrast = PairLoss.compute(network, contrastiveLoss, weights, features.embedding(), texts, batch.texts());
        }
        NDArray captions = null;
        if (captioned > 0) {
            ImageEncoder.Features reaching = options.mode().tunesEncoder() ? features : features.detached();
            ImageEncoder.Features first = reaching.first(captioned);
            captions = captionLoss.compute(weights, first, batch.captions().subList(0, captioned), true);
        }
        return new Losses(contrast, captions);
    }

    /** The losses of one step; none where a mode learns from captions alone and the batch has none. */
    private record Losses(
            ContrastiveLoss.@Nullable Result contrastive,
            @Nullable NDArray caption) {
        boolean isEmpty() {
            return contrastive == null && caption == null;
        }

        NDArray sum() {
            if (contrastive != null && caption != null) {
                return contrastive.loss().add(caption);
            }
            if (contrastive != null) {
                return contrastive.loss();
            }
            if (caption != null) {
                return caption;
            }
            throw new IllegalStateException("a step without a loss");
        }

        StepResult result(List<String> texts, boolean applied) {
            return new StepResult(
                    contrastive == null
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(contrastive.loss().getFloat()),
                    caption == null ? OptionalDouble.empty() : OptionalDouble.of(caption.getFloat()),
                    contrastive == null ? Double.NaN : ContrastiveLoss.top1(contrastive.logits(), texts),
                    applied);
        }
    }

    private Weights weights(Map<String, NDArray> learning) {
        return name -> {
            NDArray parameter = learning.get(name);
            if (parameter == null) {
                parameter = frozen.get(name);
            }
            if (parameter == null) {
                throw new IllegalArgumentException("no parameter " + name);
            }
            return parameter;
        };
    }

    /** The weights as they are served. Views belong to the scope that is open. */
    private Weights servedWeights() {
        Map<String, NDArray> learning = new HashMap<>();
        if (contrastive != null) {
            learning.putAll(contrastive.servedViews());
        }
        if (tuning != null) {
            learning.putAll(tuning.servedViews());
        }
        if (statistics != null) {
            learning.putAll(statistics.servedViews());
        }
        if (projection != null) {
            learning.putAll(projection.servedViews());
        }
        return weights(learning);
    }

    /**
     * Scores the weights, as they are served, on pairs that are never trained on.
     *
     * @param labels classes for the zero-shot score; null for none
     * @param templates prompt templates of the classes, with {} for the class
     */
    public HeldoutScore score(PairBatch heldout, @Nullable List<String> labels, List<String> templates) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            return new HeldoutScorer(network, contrastiveLoss, captionLoss, servedWeights())
                    .score(heldout, Optional.ofNullable(labels), templates);
        }
    }

    /**
     * Every tensor of the model as it is to be served. What was not trained comes back as it was loaded, byte for byte;
     * gains, biases and statistics stay float32, for they are small and their range is wide.
     *
     * @param wireType of the trained matrices
     */
    public List<TensorValue> servingTensors(TensorType wireType) {
        Map<String, TensorValue> trained = new HashMap<>();
        learnt(AdamW::served).forEach(tensor -> trained.put(tensor.name(), tensor));
        if (statistics != null) {
            statistics.served().forEach(tensor -> trained.put(tensor.name(), tensor));
        }
        List<TensorValue> tensors = new ArrayList<>();
        for (TensorValue loaded : origin.tensors()) {
            TensorValue current = trained.getOrDefault(loaded.name(), loaded);
            ParameterSpec spec = specs.get(loaded.name());
            boolean matrix = spec != null && spec.kind() == ParameterSpec.Kind.MATRIX;
            tensors.add(matrix && trained.containsKey(loaded.name()) ? current.as(wireType) : current);
        }
        return tensors;
    }

    /**
     * What is needed beside the serving tensors to go on as if nothing had happened: float32 originals of what changes
     * under their own names, Adam's moments as {@code adam.m.<name>} and {@code adam.v.<name>}, the numbers of
     * updates. The state of parts that this mode leaves alone is handed on.
     */
    public List<TensorValue> trainingState() {
        Map<String, TensorValue> state = new LinkedHashMap<>(originState);
        learnt(AdamW::originals).forEach(tensor -> state.put(tensor.name(), tensor));
        if (statistics != null) {
            statistics.originals().forEach(tensor -> state.put(tensor.name(), tensor));
        }
        learnt(AdamW::state).forEach(tensor -> state.put(tensor.name(), tensor));
        return List.copyOf(state.values());
    }

    private List<TensorValue> learnt(Function<AdamW, List<TensorValue>> part) {
        List<TensorValue> tensors = new ArrayList<>();
        if (contrastive != null) {
            tensors.addAll(part.apply(contrastive));
        }
        if (tuning != null) {
            tensors.addAll(part.apply(tuning));
        }
        if (projection != null) {
            tensors.addAll(part.apply(projection));
        }
        return tensors;
    }

    /** Unit vectors of pictures, by the weights as they are served. */
    public float[][] embedImages(List<PixelImage> images) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            return network.embedImages(servedWeights(), images);
        }
    }

    /** Arrays that live under this model's manager, for tests that look for leaks. */
    public long nativeArrays() {
        return manager.getManagedArrays().size();
    }

    @Override
    public void close() {
        manager.close();
        tokenizers.close();
    }
}
