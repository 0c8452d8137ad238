package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.LanguageModel;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.network.TokenSelection;
import dev.capstan.model.network.Weights;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import dev.capstan.model.text.TextTokenizer;
import dev.capstan.model.text.TokenBatch;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * Pretrains the language model of a bundle on lines of plain text, each between start and end token. It is frozen ever
 * after.
 *
 * <p>One thread owns it, from loading to closing; it owns its native memory.
 */
public final class LanguageModelTrainer implements AutoCloseable {
    private final NDManager manager;
    private final TextTokenizer tokenizer;
    private final ModelArchitecture architecture;
    private final Constants constants;
    private final LanguageModel model;
    private final AdamW optimiser;

    private LanguageModelTrainer(
            ModelBundle bundle, OptimiserOptions options, NDManager manager, TextTokenizer tokenizer) {
        this.manager = manager;
        this.tokenizer = tokenizer;
        this.architecture = bundle.architecture();
        this.constants = new Constants(manager);
        this.model = architecture.languageModel().network(constants);
        Map<String, TensorValue> tensors = bundle.byName();
        List<ParameterSpec> specs = ParameterCatalog.of(architecture).values().stream()
                .filter(spec -> spec.name().startsWith(ParameterCatalog.LANGUAGE_MODEL))
                .toList();
        this.optimiser = new AdamW(
                "language_model",
                options,
                0,
                specs,
                constants,
                new TensorTransfer(),
                name -> Objects.requireNonNull(tensors.get(name), name),
                name -> Objects.requireNonNull(tensors.get(name), name),
                name -> null);
    }

    /**
     * Copies a bundle's language model to a device.
     *
     * @throws WeightsFormatException if the tokenizer cannot be read
     * @throws IllegalArgumentException if the vocabulary has no start token, from which a line's first token is predicted
     */
    public static LanguageModelTrainer load(ModelBundle bundle, OptimiserOptions options, ModelDevice device)
            throws WeightsFormatException {
        ModelArchitecture.Tokenizer special = bundle.architecture().captionTokenizer();
        if (special.startToken() == ModelArchitecture.Tokenizer.NONE) {
            throw new IllegalArgumentException(
                    "the language model's vocabulary has no start token to begin lines with");
        }
        TextTokenizer tokenizer = TextTokenizer.load(bundle.languageModelTokenizer(), special);
        NDManager manager = null;
        try {
            manager = device.openManager();
            return new LanguageModelTrainer(bundle, options, manager, tokenizer);
        } catch (RuntimeException | Error e) {
            if (manager != null) {
                manager.close();
            }
            tokenizer.close();
            throw e;
        }
    }

    /**
     * One step on some lines. A batch of lines of like length wastes least; lines too long lose their tails.
     *
     * @param step number of the step, from 0
     * @return mean loss a token before the update, in nats; empty if the gradient was not finite and nothing changed
     */
    public OptionalDouble step(List<String> lines, long step) {
        try (GradientSession session = GradientSession.open(manager)) {
            List<NDArray> leaves = optimiser.leaves();
            Map<String, NDArray> views = optimiser.views(leaves);
            NDArray loss = loss(name -> Objects.requireNonNull(views.get(name), name), lines);
            session.backward(loss);
            boolean applied = optimiser.update(leaves, step);
            return applied ? OptionalDouble.of(loss.getFloat()) : OptionalDouble.empty();
        }
    }

    /** Mean loss a token of lines that are not trained on, in nats. */
    public double score(List<String> lines) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            Map<String, NDArray> views = optimiser.servedViews();
            return loss(name -> Objects.requireNonNull(views.get(name), name), lines)
                    .getFloat();
        }
    }

    /** Legend: N lines, L tokens of the longest without the start token, D width. */
    private NDArray loss(Weights weights, List<String> lines) {
        Weights below = weights.under(ParameterCatalog.LANGUAGE_MODEL);
        int longest = architecture.languageModel().contextLength() + 1;
        TokenBatch whole = tokenizer.encodeWhole(lines, longest); // start, tokens, end
        TokenBatch targets = whole.withoutFirst();
        NDArray ids = constants
                .manager()
                .create(TokenSelection.allButLast(whole), new Shape(whole.rows(), whole.length() - 1)); // N L
        NDArray hidden = model.forward(below, model.embed(below, ids), null); // N L D
        return TokenSelection.crossEntropy(model, below, constants, hidden, targets, 0);
    }

    /**
     * The language model's tensors, to be put into the bundle.
     *
     * @param matrixType type of the matrices; gains and biases stay float32
     */
    public List<TensorValue> tensors(TensorType matrixType) {
        Map<String, ParameterSpec> specs = ParameterCatalog.of(architecture);
        return optimiser.served().stream()
                .map(tensor -> {
                    ParameterSpec spec = Objects.requireNonNull(specs.get(tensor.name()));
                    return spec.kind() == ParameterSpec.Kind.MATRIX ? tensor.as(matrixType) : tensor;
                })
                .toList();
    }

    /** Arrays that live under this model's manager, for tests that look for leaks. */
    public long nativeArrays() {
        return manager.getManagedArrays().size();
    }

    @Override
    public void close() {
        manager.close();
        tokenizer.close();
    }
}
