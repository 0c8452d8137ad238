package dev.capstan.model;

import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * A whole model at rest: its architecture, its weights, and its tokenizer file as the tensor
 * {@value ParameterCatalog#TOKENIZER}. Complete by construction: every parameter of the architecture is there with its
 * shape, and nothing else. Immutable.
 *
 * @param architecture what the weights are for
 * @param tensors weights in any floating-point type, and the tokenizer
 */
public record ModelBundle(ModelArchitecture architecture, List<TensorValue> tensors) {
    private static final String CONFIG_FILE = "config.json";
    private static final String TOKENIZER_FILE = ParameterCatalog.TOKENIZER;
    private static final String WEIGHTS_SUFFIX = ".safetensors";
    /** Count of batches that PyTorch's batch norm keeps beside its statistics; without use at a fixed momentum. */
    private static final String BATCH_COUNT_SUFFIX = ".num_batches_tracked";
    /** File of each part, by the prefix of its parameters. */
    private static final Map<String, String> PARTS = Map.of(
            ParameterCatalog.CLIP, "clip",
            ParameterCatalog.LANGUAGE_MODEL, "language_model",
            ParameterCatalog.LIMBER, "limber");

    /**
     * @throws IllegalArgumentException naming what is missing, unknown or of the wrong shape
     */
    public ModelBundle {
        tensors = tensors.stream()
                .filter(tensor -> !tensor.name().endsWith(BATCH_COUNT_SUFFIX))
                .toList();
        check(architecture, tensors);
    }

    /** A model that has learnt nothing, with the reference's initial weights. */
    public static ModelBundle random(ModelArchitecture architecture, byte[] tokenizer, RandomGenerator random) {
        List<TensorValue> tensors = new ArrayList<>();
        ParameterCatalog.of(architecture)
                .values()
                .forEach(spec -> tensors.add(TensorValue.ofFloats(spec.name(), spec.dimensions(), spec.draw(random))));
        tensors.add(TensorValue.ofBytes(ParameterCatalog.TOKENIZER, tokenizer));
        return new ModelBundle(architecture, tensors);
    }

    /** The tensors by name, in their order. */
    public Map<String, TensorValue> byName() {
        Map<String, TensorValue> byName = new LinkedHashMap<>();
        tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
        return Collections.unmodifiableMap(byName);
    }

    /** Content of {@code tokenizer.json}. */
    public byte[] tokenizer() {
        return tensors.stream()
                .filter(tensor -> tensor.name().equals(ParameterCatalog.TOKENIZER))
                .findFirst()
                .orElseThrow()
                .toByteArray();
    }

    /**
     * This bundle with the tensors of the same names replaced.
     *
     * @throws IllegalArgumentException as the constructor does
     */
    public ModelBundle with(List<TensorValue> replacements) {
        Map<String, TensorValue> byName = new LinkedHashMap<>(byName());
        replacements.forEach(tensor -> byName.put(tensor.name(), tensor));
        return new ModelBundle(architecture, List.copyOf(byName.values()));
    }

    /**
     * Reads {@code config.json}, {@code tokenizer.json} and every {@code *.safetensors} of a directory. The weights stay
     * mapped files.
     *
     * @throws WeightsFormatException naming the fault
     */
    public static ModelBundle readDirectory(Path directory) throws IOException {
        ModelArchitecture architecture = ModelArchitecture.fromJson(Files.readString(directory.resolve(CONFIG_FILE)));
        List<TensorValue> tensors = new ArrayList<>();
        for (Path file : weightFiles(directory)) {
            tensors.addAll(Safetensors.read(file).tensors());
        }
        tensors.add(
                TensorValue.ofBytes(ParameterCatalog.TOKENIZER, Files.readAllBytes(directory.resolve(TOKENIZER_FILE))));
        try {
            return new ModelBundle(architecture, tensors);
        } catch (IllegalArgumentException e) {
            throw new WeightsFormatException(directory + ": " + e.getMessage(), e);
        }
    }

    private static List<Path> weightFiles(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(WEIGHTS_SUFFIX))
                    .sorted()
                    .toList();
        }
    }

    /** Writes what {@link #readDirectory} reads: one weights file a part, each replaced atomically, the config last. */
    public void writeDirectory(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (Map.Entry<String, String> part : PARTS.entrySet()) {
            List<TensorValue> ofPart = tensors.stream()
                    .filter(tensor -> tensor.name().startsWith(part.getKey()))
                    .toList();
            Safetensors.write(directory.resolve(part.getValue() + WEIGHTS_SUFFIX), ofPart, Map.of("format", "pt"));
        }
        replace(directory.resolve(TOKENIZER_FILE), tokenizer());
        replace(directory.resolve(CONFIG_FILE), architecture.toJson().getBytes(StandardCharsets.UTF_8));
    }

    private static void replace(Path file, byte[] content) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        Files.write(temporary, content);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void check(ModelArchitecture architecture, List<TensorValue> tensors) {
        Map<String, ParameterSpec> specs = ParameterCatalog.of(architecture);
        TreeSet<String> missing = new TreeSet<>(specs.keySet());
        missing.add(ParameterCatalog.TOKENIZER);
        List<String> faults = new ArrayList<>();
        for (TensorValue tensor : tensors) {
            ParameterSpec spec = specs.get(tensor.name());
            if (!missing.remove(tensor.name())) {
                faults.add((spec == null ? "unknown tensor " : "second tensor ") + tensor.name());
            }
            if (spec != null && !Arrays.equals(spec.dimensions(), tensor.shape())) {
                faults.add(tensor + " should have the shape " + spec.shape());
            }
            if (spec != null && !tensor.type().isFloatingPoint()) {
                faults.add(tensor + " should be of a floating-point type");
            }
            if (tensor.name().equals(ParameterCatalog.TOKENIZER) && tensor.type() != TensorType.U8) {
                faults.add(tensor + " should be bytes");
            }
        }
        missing.forEach(name -> faults.add("no tensor " + name));
        if (!faults.isEmpty()) {
            int shown = Math.min(faults.size(), 5);
            throw new IllegalArgumentException("weights do not fit the architecture (" + faults.size() + " faults): "
                    + String.join("; ", faults.subList(0, shown)));
        }
    }
}
