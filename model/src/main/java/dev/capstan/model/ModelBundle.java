package dev.capstan.model;

import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * A whole model at rest: its architecture, its weights, and its tokenizer files as the tensors
 * {@value ParameterCatalog#TOKENIZER} and, where the language model has a vocabulary of its own,
 * {@value ParameterCatalog#LANGUAGE_MODEL_TOKENIZER}; the program of a TorchScript image encoder as
 * {@value ParameterCatalog#IMAGE_PROGRAM}. Complete by construction: every parameter of the architecture is there with its
 * shape, and nothing else. Immutable.
 *
 * @param architecture what the weights are for
 * @param tensors weights in any floating-point type, and the files as bytes
 */
public record ModelBundle(ModelArchitecture architecture, List<TensorValue> tensors) {
    private static final String CONFIG_FILE = "config.json";
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
        return new ModelBundle(
                architecture,
                with(drawn(architecture, random), TensorValue.ofBytes(ParameterCatalog.TOKENIZER, tokenizer)));
    }

    /** As the other {@link #random}, where the language model has a vocabulary of its own. */
    public static ModelBundle random(
            ModelArchitecture architecture, byte[] tokenizer, byte[] languageModelTokenizer, RandomGenerator random) {
        return new ModelBundle(
                architecture,
                with(
                        drawn(architecture, random),
                        TensorValue.ofBytes(ParameterCatalog.TOKENIZER, tokenizer),
                        TensorValue.ofBytes(ParameterCatalog.LANGUAGE_MODEL_TOKENIZER, languageModelTokenizer)));
    }

    private static List<TensorValue> drawn(ModelArchitecture architecture, RandomGenerator random) {
        return ParameterCatalog.of(architecture).values().stream()
                .map(spec -> TensorValue.ofFloats(spec.name(), spec.dimensions(), spec.draw(random)))
                .toList();
    }

    private static List<TensorValue> with(List<TensorValue> tensors, TensorValue... others) {
        List<TensorValue> all = new ArrayList<>(tensors);
        all.addAll(List.of(others));
        return all;
    }

    /** The tensors by name, in their order. */
    public Map<String, TensorValue> byName() {
        Map<String, TensorValue> byName = new LinkedHashMap<>();
        tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
        return Collections.unmodifiableMap(byName);
    }

    /** Content of {@code tokenizer.json}. */
    public byte[] tokenizer() {
        return file(ParameterCatalog.TOKENIZER);
    }

    /** Content of the language model's tokenizer file, which is the text encoder's where it has none of its own. */
    public byte[] languageModelTokenizer() {
        return architecture.languageModelTokenizer().isPresent()
                ? file(ParameterCatalog.LANGUAGE_MODEL_TOKENIZER)
                : tokenizer();
    }

    /**
     * Identity of what the linear map reads of a picture: SHA-256 over the image encoder's configuration, which feature is read,
     * and every tensor that computes it. Computed at each call.
     */
    public String limberInputsDigest() {
        StringBuilder parts = new StringBuilder()
                .append(architecture.image())
                .append('\n')
                .append(architecture.limber().feature())
                .append('\n');
        tensors.stream()
                .filter(tensor -> tensor.name().startsWith(ParameterCatalog.IMAGE_ENCODER)
                        || tensor.name().equals(ParameterCatalog.IMAGE_PROGRAM))
                .sorted(Comparator.comparing(TensorValue::name))
                .forEach(tensor -> parts.append(tensor.name())
                        .append(' ')
                        .append(tensor.digest())
                        .append('\n'));
        return TensorValue.ofBytes("", parts.toString().getBytes(StandardCharsets.UTF_8))
                .digest();
    }

    private byte[] file(String name) {
        return tensors.stream()
                .filter(tensor -> tensor.name().equals(name))
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
     * Reads {@code config.json}, {@code tokenizer.json}, {@code language_model_tokenizer.json} and {@code image_encoder.pt} if
     * the configuration says that there is one, and every {@code *.safetensors} of a directory. All stay mapped files.
     *
     * @throws WeightsFormatException naming the fault
     */
    public static ModelBundle readDirectory(Path directory) throws IOException {
        ModelArchitecture architecture = ModelArchitecture.fromJson(Files.readString(directory.resolve(CONFIG_FILE)));
        List<TensorValue> tensors = new ArrayList<>();
        for (Path file : weightFiles(directory)) {
            tensors.addAll(Safetensors.read(file).tensors());
        }
        for (String file : ParameterCatalog.files(architecture)) {
            tensors.add(bytes(file, directory.resolve(file)));
        }
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
        for (TensorValue tensor : tensors) {
            if (tensor.type() == TensorType.U8) {
                replace(directory.resolve(tensor.name()), tensor.bytes());
            }
        }
        replace(
                directory.resolve(CONFIG_FILE),
                ByteBuffer.wrap(architecture.toJson().getBytes(StandardCharsets.UTF_8)));
    }

    /** A file as a vector of its bytes, which stay on the disk: a program is as large as its weights. */
    private static TensorValue bytes(String name, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new WeightsFormatException(
                        file + " has " + channel.size() + " bytes, more than a tensor can hold");
            }
            ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            return new TensorValue(name, TensorType.U8, new long[] {channel.size()}, mapped);
        }
    }

    private static void replace(Path file, ByteBuffer content) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            while (content.hasRemaining()) {
                channel.write(content);
            }
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void check(ModelArchitecture architecture, List<TensorValue> tensors) {
        Map<String, ParameterSpec> specs = ParameterCatalog.of(architecture);
        List<String> files = ParameterCatalog.files(architecture);
        TreeSet<String> missing = new TreeSet<>(specs.keySet());
        missing.addAll(files);
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
            if (files.contains(tensor.name()) && tensor.type() != TensorType.U8) {
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
