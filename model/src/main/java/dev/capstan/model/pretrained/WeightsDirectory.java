package dev.capstan.model.pretrained;

import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The safetensors files of a published model: one file, or shards with an index. The files are mapped; nothing is copied.
 * A shard must lie in the directory itself, and hold just the tensors that the index says.
 */
final class WeightsDirectory {
    private static final String INDEX = "model.safetensors.index.json";
    /** Transformers' name for a model of one file. */
    static final List<String> HUGGING_FACE = List.of("model.safetensors");
    /** open_clip's names; the first also where transformers' file lies beside it. */
    static final List<String> OPEN_CLIP =
            List.of("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "model.safetensors");

    private static final List<String> PICKLES = List.of(".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle");
    private static final int MOST_INDEX_BYTES = 32 << 20;

    private WeightsDirectory() {}

    /**
     * The tensors by name.
     *
     * @param singleFiles names of a file that holds the whole model, the first that exists being read
     * @throws WeightsFormatException if there is no safetensors file, or one that does not hold what it claims
     */
    static Map<String, TensorValue> read(Path directory, List<String> singleFiles) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new WeightsFormatException(directory + " is not a directory");
        }
        for (String name : singleFiles) {
            if (Files.exists(directory.resolve(name))) {
                return byName(directory.resolve(name));
            }
        }
        if (Files.exists(directory.resolve(INDEX))) {
            return readShards(directory);
        }
        Optional<Path> pickle = pickle(directory);
        if (pickle.isPresent()) {
            throw new WeightsFormatException(pickle.get()
                    + " is a pickle, which is a program: reading it may run whatever its author wrote. Convert it to"
                    + " safetensors where you trust it, with save_pretrained or safetensors.torch.save_file");
        }
        throw new WeightsFormatException(directory + " has none of " + String.join(", ", singleFiles) + ", " + INDEX);
    }

    private static Optional<Path> pickle(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> PICKLES.stream().anyMatch(file.toString()::endsWith))
                    .sorted()
                    .findFirst();
        }
    }

    private static Map<String, TensorValue> byName(Path file) throws IOException {
        Map<String, TensorValue> tensors = new LinkedHashMap<>();
        for (TensorValue tensor : Safetensors.read(file).tensors()) {
            tensors.put(tensor.name(), tensor);
        }
        return tensors;
    }

    private static Map<String, TensorValue> readShards(Path directory) throws IOException {
        JsonFile weightMap =
                JsonFile.read(directory.resolve(INDEX), MOST_INDEX_BYTES).object("weight_map");
        Map<String, Set<String>> namesByShard = new TreeMap<>();
        for (String tensor : weightMap.keys()) {
            String shard = weightMap.word(tensor, "");
            namesByShard.computeIfAbsent(shard, key -> new TreeSet<>()).add(tensor);
        }
        Map<String, TensorValue> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, Set<String>> shard : namesByShard.entrySet()) {
            Path file = shardFile(directory, shard.getKey());
            Map<String, TensorValue> held = byName(file);
            if (!held.keySet().equals(shard.getValue())) {
                throw new WeightsFormatException(
                        file + " should hold " + shard.getValue().size() + " tensors by " + INDEX + ", but "
                                + difference(shard.getValue(), held));
            }
            tensors.putAll(held);
        }
        return tensors;
    }

    private static String difference(Set<String> wanted, Map<String, TensorValue> held) {
        TreeSet<String> missing = new TreeSet<>(wanted);
        missing.removeAll(held.keySet());
        if (!missing.isEmpty()) {
            return "lacks " + missing.first();
        }
        TreeSet<String> added = new TreeSet<>(held.keySet());
        added.removeAll(wanted);
        return "holds " + added.first() + " too";
    }

    /** A shard is a plain name: whatever could lead out of the directory is refused. */
    private static Path shardFile(Path directory, String name) throws WeightsFormatException {
        boolean plain = name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*\\.safetensors");
        if (!plain) {
            throw new WeightsFormatException(
                    directory.resolve(INDEX) + ": a shard must be a safetensors file beside it, not '" + name + "'");
        }
        Path file = directory.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new WeightsFormatException(directory.resolve(INDEX) + ": there is no shard " + name);
        }
        return file;
    }
}
