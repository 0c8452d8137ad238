package dev.capstan.local.models;

import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import dev.capstan.model.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;

/** What {@link ModelBundle#readDirectory} reads: {@code config.json}, {@code tokenizer.json}, {@code *.safetensors}. */
final class CapstanLayout implements ModelLayout {
    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "*.safetensors";
    /** PyTorch's count of batches, which nothing needs. */
    private static final String BATCH_COUNT = ".num_batches_tracked";

    private static final long MOST_CONFIG_BYTES = 1 << 20;
    private static final long MOST_TOKENIZER_BYTES = 64 << 20;

    @Override
    public String name() {
        return "Capstan";
    }

    @Override
    public boolean recognises(Path directory) {
        return Files.isRegularFile(directory.resolve(CONFIG))
                && Files.isRegularFile(directory.resolve(ParameterCatalog.TOKENIZER));
    }

    @Override
    public ModelBundle read(Path directory) throws IOException {
        bounded(directory.resolve(CONFIG), MOST_CONFIG_BYTES);
        bounded(directory.resolve(ParameterCatalog.TOKENIZER), MOST_TOKENIZER_BYTES);
        return ModelBundle.readDirectory(directory);
    }

    @Override
    public ModelInspection inspect(Path directory) throws IOException {
        ModelArchitecture architecture = architecture(directory);
        Map<String, ParameterSpec> specs = ParameterCatalog.of(architecture);
        TreeSet<String> missing = new TreeSet<>(specs.keySet());
        TreeSet<String> unexpected = new TreeSet<>();
        List<String> wrong = new ArrayList<>();
        List<String> ignored = new ArrayList<>();
        Map<String, ModelInspection.FoundTensor> found = new TreeMap<>();
        List<String> files = ParameterCatalog.files(architecture);
        for (Path pickle : ModelLayouts.pickles(directory)) {
            if (!files.contains(pickle.getFileName().toString())) {
                ignored.add(ModelLayouts.ignored(pickle));
            }
        }
        if (files.contains(ParameterCatalog.IMAGE_PROGRAM)
                && !Files.exists(directory.resolve(ParameterCatalog.IMAGE_PROGRAM))) {
            missing.add(ParameterCatalog.IMAGE_PROGRAM);
        }
        for (Path file : weightFiles(directory)) {
            for (TensorValue tensor : Safetensors.read(file).tensors()) {
                String name = tensor.name();
                if (name.endsWith(BATCH_COUNT)) {
                    continue;
                }
                ParameterSpec spec = specs.get(name);
                if (spec == null) {
                    unexpected.add(name);
                } else if (!missing.remove(name)) {
                    wrong.add(name + " is in " + file.getFileName() + " too: one file should have it");
                } else {
                    fault(tensor, spec).ifPresent(wrong::add);
                }
                found.put(name, ModelInspection.FoundTensor.of(tensor));
            }
        }
        checkTokenizer(
                directory.resolve(ParameterCatalog.TOKENIZER),
                architecture.tokenizer(),
                architecture.text().vocabularySize(),
                wrong);
        if (architecture.languageModelTokenizer().isPresent()) {
            checkTokenizer(
                    directory.resolve(ParameterCatalog.LANGUAGE_MODEL_TOKENIZER),
                    architecture.captionTokenizer(),
                    architecture.languageModel().vocabularySize(),
                    wrong);
        }
        return new ModelInspection(
                name(),
                architecture.toJson(),
                List.copyOf(found.values()),
                List.copyOf(missing),
                List.copyOf(unexpected),
                wrong,
                ignored);
    }

    private static ModelArchitecture architecture(Path directory) throws IOException {
        Path config = bounded(directory.resolve(CONFIG), MOST_CONFIG_BYTES);
        try {
            return ModelArchitecture.fromJson(Files.readString(config));
        } catch (WeightsFormatException e) {
            throw new WeightsFormatException(config + ": " + e.getMessage(), e);
        }
    }

    private static void checkTokenizer(
            Path file, ModelArchitecture.Tokenizer special, int vocabulary, List<String> wrong) throws IOException {
        if (!Files.exists(file)) {
            wrong.add("there is no " + file.getFileName() + ", which config.json has special tokens of");
            return;
        }
        bounded(file, MOST_TOKENIZER_BYTES);
        try (TextTokenizer tokenizer = TextTokenizer.load(Files.readAllBytes(file), special)) {
            if (LongStream.of(tokenizer.encode("a picture of")).anyMatch(id -> id >= vocabulary)) {
                wrong.add(file.getFileName() + " has ids beyond the vocabulary of " + vocabulary);
            }
        } catch (WeightsFormatException e) {
            wrong.add(file.getFileName() + " is no tokenizer: " + e.getMessage());
        }
    }

    private static Optional<String> fault(TensorValue tensor, ParameterSpec spec) {
        if (!Arrays.equals(tensor.shape(), spec.dimensions())) {
            return Optional.of(tensor + " should have the shape " + spec.shape());
        }
        if (!tensor.type().isFloatingPoint()) {
            return Optional.of(tensor + " should be of a floating-point type");
        }
        float[] values = tensor.toFloats();
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                return Optional.of(tensor + " has the value " + values[i] + " at element " + i);
            }
        }
        return Optional.empty();
    }

    private static Path bounded(Path file, long most) throws IOException {
        if (Files.size(file) > most) {
            throw new WeightsFormatException(file + " has " + Files.size(file) + " bytes, more than " + most);
        }
        return file;
    }

    private static List<Path> weightFiles(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, WEIGHTS)) {
            stream.forEach(files::add);
        }
        files.sort(null);
        return files;
    }
}
