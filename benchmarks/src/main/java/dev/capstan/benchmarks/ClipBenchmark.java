package dev.capstan.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.model.ClipPreset;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.VitImageEncoder;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.network.Weights;
import dev.capstan.model.pretrained.PretrainedClip;
import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a released CLIP model costs: its loading in time and memory, its image encoder forward and backward. The same
 * directory is measured in Python by {@code benchmarks/clip_benchmark.py}.
 *
 * <p>Arguments: {@code make DIRECTORY PRESET} writes a model of random weights in open_clip's layout; {@code load DIRECTORY};
 * {@code run DIRECTORY BATCH ROUNDS}. Run with one thread (OMP_NUM_THREADS=1): the times are CPU times of the thread that
 * computes, so that a busy machine counts less.
 */
public final class ClipBenchmark {
    private static final double MEBIBYTE = 1 << 20;
    private static final int SAMPLE_MILLISECONDS = 2;

    private ClipBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "make" -> make(directory, ClipPreset.named(arguments[2]));
            case "load" -> load(directory);
            case "run" -> run(directory, Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
            default -> throw new IllegalArgumentException("make, load or run, not " + arguments[0]);
        }
    }

    private static void make(Path directory, ClipPreset preset) throws IOException {
        Files.createDirectories(directory);
        SplittableRandom random = new SplittableRandom(1);
        List<TensorValue> tensors = new ArrayList<>();
        ParameterCatalog.clip(preset.image(), preset.text(), preset.embeddingDimension())
                .values()
                .forEach(spec -> tensors.add(TensorValue.ofFloats(
                        spec.name().substring(ParameterCatalog.CLIP.length()), spec.dimensions(), spec.draw(random))));
        Safetensors.write(directory.resolve("open_clip_model.safetensors"), tensors, Map.of("format", "pt"));
        if (!(preset.image() instanceof VitImageEncoder image)) {
            throw new IllegalArgumentException("a vision transformer is wanted, not " + preset.title());
        }
        ObjectNode root = JsonMapper.builder().build().createObjectNode();
        ObjectNode model = root.putObject("model_cfg");
        model.put("embed_dim", preset.embeddingDimension()).put("quick_gelu", true);
        model.putObject("vision_cfg")
                .put("image_size", image.size())
                .put("layers", image.layers())
                .put("width", image.width())
                .put("patch_size", image.patch());
        model.putObject("text_cfg")
                .put("context_length", preset.text().contextLength())
                .put("vocab_size", preset.text().vocabularySize())
                .put("width", preset.text().width())
                .put("heads", preset.text().heads())
                .put("layers", preset.text().layers());
        Files.writeString(directory.resolve("open_clip_config.json"), root.toPrettyString());
    }

    private static void load(Path directory) throws Exception {
        try (NDManager manager = ModelDevice.cpu().openManager()) {
            // The engine's own libraries are loaded by now, and are not counted.
            manager.ones(new Shape(1)).close();
            long file = Files.size(directory.resolve("open_clip_model.safetensors"));
            long before = anonymousBytes();
            AtomicLong peak = new AtomicLong(before);
            AtomicBoolean done = new AtomicBoolean();
            Thread sampler = new Thread(() -> sample(peak, done));
            sampler.start();
            long start = System.nanoTime();
            long cpuStart = Rounds.threadNanoseconds();
            Map<String, NDArray> arrays =
                    PretrainedClip.read(directory).weights().load(manager, new TensorTransfer());
            double seconds = (System.nanoTime() - start) / Rounds.NANOSECONDS;
            double cpuSeconds = (Rounds.threadNanoseconds() - cpuStart) / Rounds.NANOSECONDS;
            done.set(true);
            sampler.join();
            long grown = Math.max(peak.get(), anonymousBytes()) - before;
            System.out.printf(
                    Locale.ROOT,
                    "load: %d tensors, file %.1f MiB, %.2f s (%.2f s CPU), peak of anonymous memory %.1f MiB, %.3f of"
                            + " the file%n",
                    arrays.size(),
                    file / MEBIBYTE,
                    seconds,
                    cpuSeconds,
                    grown / MEBIBYTE,
                    (double) grown / file);
        }
    }

    private static void sample(AtomicLong peak, AtomicBoolean done) {
        try {
            while (!done.get()) {
                peak.accumulateAndGet(anonymousBytes(), Math::max);
                Thread.sleep(SAMPLE_MILLISECONDS);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Resident memory that is not a file's: the Java heap, the engine's arrays, staging buffers. Linux only. */
    private static long anonymousBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("RssAnon:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("/proc/self/status has no RssAnon");
    }

    private static void run(Path directory, int batch, int rounds) throws IOException {
        try (NDManager manager = ModelDevice.cpu().openManager()) {
            PretrainedClip clip = PretrainedClip.read(directory);
            Map<String, NDArray> arrays = clip.weights().load(manager, new TensorTransfer());
            Weights weights = name -> Objects.requireNonNull(arrays.get(ParameterCatalog.IMAGE_ENCODER + name), name);
            ImageEncoder encoder = clip.image().network(new Constants(manager));
            int size = clip.image().size();
            NDArray pixels = manager.randomNormal(0, 1, new Shape(batch, size, size, 3), DataType.FLOAT32);
            Rounds.of(rounds, () -> encoder.forward(weights, pixels, false).embedding())
                    .report("forward", batch);
            arrays.forEach((name, array) -> array.setRequiresGradient(name.startsWith(ParameterCatalog.IMAGE_ENCODER)));
            Rounds.of(rounds, () -> {
                        try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
                            NDArray sum = encoder.forward(weights, pixels, true)
                                    .embedding()
                                    .sum();
                            collector.backward(sum);
                            return sum;
                        }
                    })
                    .report("forward and backward", batch);
        }
    }
}
