package dev.capstan.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.model.Gpt2LanguageModel;
import dev.capstan.model.ModelArchitecture.Activation;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.LanguageModel;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.network.Weights;
import dev.capstan.model.pretrained.PretrainedLanguageModel;
import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * What a GPT-2 costs: the loss of some tokens forward, and with the gradients of every weight, which add up from round to
 * round on both sides. The same directory is measured in Python by {@code benchmarks/gpt_benchmark.py}.
 *
 * <p>Arguments: {@code make DIRECTORY} writes the smallest GPT-2 with random weights in Hugging Face's layout; {@code run
 * DIRECTORY BATCH LENGTH ROUNDS}.
 */
public final class GptBenchmark {
    private static final Gpt2LanguageModel SMALLEST =
            new Gpt2LanguageModel(1024, 50_257, 768, 12, 12, Activation.GELU_TANH);

    private GptBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "make" -> make(directory);
            case "run" ->
                run(
                        directory,
                        Integer.parseInt(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        Integer.parseInt(arguments[4]));
            default -> throw new IllegalArgumentException("make or run, not " + arguments[0]);
        }
    }

    private static void make(Path directory) throws IOException {
        Files.createDirectories(directory);
        SplittableRandom random = new SplittableRandom(1);
        List<TensorValue> tensors = new ArrayList<>();
        ParameterCatalog.languageModel(SMALLEST)
                .values()
                .forEach(spec -> tensors.add(TensorValue.ofFloats(
                        spec.name().substring(ParameterCatalog.LANGUAGE_MODEL.length()),
                        spec.dimensions(),
                        spec.draw(random))));
        Safetensors.write(directory.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
        ObjectNode config = JsonMapper.builder().build().createObjectNode();
        config.put("model_type", "gpt2")
                .put("n_positions", SMALLEST.contextLength())
                .put("vocab_size", SMALLEST.vocabularySize())
                .put("n_embd", SMALLEST.width())
                .put("n_head", SMALLEST.heads())
                .put("n_layer", SMALLEST.layers());
        Files.writeString(directory.resolve("config.json"), config.toPrettyString());
    }

    private static void run(Path directory, int batch, int length, int rounds) throws IOException {
        try (NDManager manager = ModelDevice.cpu().openManager()) {
            PretrainedLanguageModel published = PretrainedLanguageModel.read(directory);
            Map<String, NDArray> arrays = published.weights().load(manager, new TensorTransfer());
            Weights weights = name -> Objects.requireNonNull(arrays.get(ParameterCatalog.LANGUAGE_MODEL + name), name);
            LanguageModel model = published.architecture().network(new Constants(manager));
            NDArray ids = manager.create(
                    new SplittableRandom(2)
                            .longs(
                                    (long) batch * (length + 1),
                                    0,
                                    published.architecture().vocabularySize())
                            .toArray(),
                    new Shape(batch, length + 1));
            NDArray read = ids.get(":, :-1");
            NDArray targets = ids.get(":, 1:").reshape(-1, 1);
            Rounds.of(rounds, () -> loss(model, weights, read, targets)).report("forward", batch);
            arrays.values().forEach(array -> array.setRequiresGradient(true));
            Rounds.of(rounds, () -> {
                        try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
                            NDArray loss = loss(model, weights, read, targets);
                            collector.backward(loss);
                            return loss;
                        }
                    })
                    .report("forward and backward", batch);
        }
    }

    /** Mean cross entropy of the next token. */
    private static NDArray loss(LanguageModel model, Weights weights, NDArray read, NDArray targets) {
        NDArray hidden = model.forward(weights, model.embed(weights, read), null); // N L D
        NDArray flat = hidden.reshape(-1, hidden.getShape().get(2));
        return model.logits(weights, flat)
                .logSoftmax(-1)
                .gather(targets, 1)
                .mean()
                .neg();
    }
}
