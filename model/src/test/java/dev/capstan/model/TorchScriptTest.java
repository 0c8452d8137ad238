package dev.capstan.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.capstan.model.ModelArchitecture.ImageEncoder;
import dev.capstan.model.ModelArchitecture.ImageFeature;
import dev.capstan.model.images.Augmentation;
import dev.capstan.model.images.ImagePreprocessor;
import dev.capstan.model.images.PixelImage;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.network.TorchScriptEncoder;
import dev.capstan.model.pretrained.TorchScriptProgram;
import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import dev.capstan.model.training.PairBatch;
import dev.capstan.model.training.StepResult;
import dev.capstan.model.training.Trainee;
import dev.capstan.model.training.TrainingMode;
import dev.capstan.model.training.TrainingOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs that model/parity/torchscript.py exported. */
class TorchScriptTest {
    private static final int SIZE = 16;

    @TempDir
    Path directory;

    private static Path fixture(String name) {
        try {
            return Path.of(Objects.requireNonNull(TorchScriptTest.class.getResource("torchscript/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(name, e);
        }
    }

    private static TorchScriptProgram read(Path file) throws IOException {
        return TorchScriptProgram.read(file, SIZE, ImageEncoder.CLIP_MEAN, ImageEncoder.CLIP_STANDARD_DEVIATION);
    }

    private static TensorValue expected(String name) throws IOException {
        return Safetensors.read(fixture("expected.safetensors")).tensors().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"grid,16", "tokens,16", "pooled,1"})
    void shouldGiveWhatPyTorchGives(String name, int positions) throws IOException {
        TorchScriptProgram program = read(fixture(name + ".pt"));
        float[] wanted = expected(name).toFloats();

        try (NDManager manager = ModelDevice.cpu().openManager();
                NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray pixels =
                    new TensorTransfer().load(manager, expected("pixels")).transpose(0, 2, 3, 1);
            TorchScriptEncoder encoder =
                    TorchScriptEncoder.load(program.architecture(), program.content(), new Constants(manager));
            TorchScriptEncoder.Raw raw = encoder.run(pixels);

            NDArray made = name.equals("grid") ? raw.grid().transpose(0, 2, 1) : raw.grid();
            assertThat(made.toFloatArray()).usingComparatorWithPrecision(1e-5f).containsExactly(wanted);
            assertThat(raw.pooled().toFloatArray())
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(raw.grid().mean(new int[] {1}).toFloatArray());
        }
        assertThat(program.architecture().features()).isEqualTo(12);
        assertThat(program.architecture().positions()).isEqualTo(positions);
    }

    private static ModelBundle bundle() throws IOException {
        ModelBundle base = ModelFixtures.bundle(3);
        ModelArchitecture before = base.architecture();
        TorchScriptProgram program = read(fixture("grid.pt"));
        ModelArchitecture architecture = new ModelArchitecture(
                before.embeddingDimension(),
                program.architecture(),
                before.text(),
                before.languageModel(),
                ModelFixtures.limber(ImageFeature.AVERAGE_POOL),
                before.tokenizer());
        SplittableRandom random = new SplittableRandom(4);
        List<TensorValue> tensors = new ArrayList<>();
        for (ParameterSpec spec : ParameterCatalog.of(architecture).values()) {
            TensorValue present = base.byName().get(spec.name());
            tensors.add(
                    present != null && Arrays.equals(present.shape(), spec.dimensions())
                            ? present
                            : TensorValue.ofFloats(spec.name(), spec.dimensions(), spec.draw(random)));
        }
        tensors.add(TensorValue.ofBytes(ParameterCatalog.TOKENIZER, base.tokenizer()));
        tensors.add(new TensorValue(
                ParameterCatalog.IMAGE_PROGRAM,
                TensorType.U8,
                new long[] {program.content().remaining()},
                program.content()));
        return new ModelBundle(architecture, tensors);
    }

    private static PairBatch shapes() {
        ImagePreprocessor preprocessor = new ImagePreprocessor(SIZE, Augmentation.none());
        SplittableRandom random = new SplittableRandom(5);
        List<PixelImage> images = ModelFixtures.labels().stream()
                .map(label -> preprocessor.forEvaluation(ModelFixtures.shape(label, random)))
                .toList();
        return PairBatch.of(images, ModelFixtures.labels());
    }

    @Test
    void shouldServeWhatItWroteToADirectory() throws Exception {
        ModelBundle bundle = bundle();
        bundle.writeDirectory(directory);

        ModelBundle read = ModelBundle.readDirectory(directory);

        assertThat(read.architecture()).isEqualTo(bundle.architecture());
        assertThat(read.byName()).containsExactlyInAnyOrderEntriesOf(bundle.byName());
        try (CaptioningClip clip = CaptioningClip.load(read, ModelDevice.cpu())) {
            clip.warmUp();
            long before = clip.nativeArrays();
            assertThat(clip.captionPixels(shapes().images(), CaptionOptions.greedy(3)))
                    .hasSize(12);
            assertThat(clip.nativeArrays()).isEqualTo(before);
        }
    }

    @Test
    void shouldLearnCaptionsFromItsFrozenFeatures() throws Exception {
        PairBatch batch = shapes();
        try (Trainee trainee =
                Trainee.load(bundle(), List.of(), TrainingOptions.streaming(TrainingMode.LIMBER), ModelDevice.cpu())) {
            StepResult first = trainee.step(batch, 0);
            StepResult last = first;
            for (int step = 1; step < 40; step++) {
                last = trainee.step(batch, step);
            }

            assertThat(last.captionLoss().orElseThrow())
                    .isLessThan(first.captionLoss().orElseThrow() - 0.1);
        }
    }

    @Test
    void shouldLearnTheProjectionAndNothingBelowItContrastively() throws Exception {
        ModelBundle bundle = bundle();
        try (Trainee trainee =
                Trainee.load(bundle, List.of(), TrainingOptions.streaming(TrainingMode.JOINT), ModelDevice.cpu())) {
            StepResult result = trainee.step(shapes(), 0);

            ModelBundle served = new ModelBundle(bundle.architecture(), trainee.servingTensors(TensorType.F32));
            assertThat(result.applied()).isTrue();
            assertThat(served.byName().get("clip.visual.proj"))
                    .isNotEqualTo(bundle.byName().get("clip.visual.proj"));
            assertThat(served.byName().get(ParameterCatalog.IMAGE_PROGRAM))
                    .isEqualTo(bundle.byName().get(ParameterCatalog.IMAGE_PROGRAM));
        }
    }

    @Test
    void shouldRefuseToTuneAProgram() throws IOException {
        ModelBundle bundle = bundle();

        assertThatThrownBy(() ->
                        Trainee.load(bundle, List.of(), TrainingOptions.limber(TrainingMode.TUNED), ModelDevice.cpu()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("which is frozen");
    }

    private Path archive(String name, String... entries) throws IOException {
        Path archive = directory.resolve(name);
        try (OutputStream file = Files.newOutputStream(archive);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            for (String entry : entries) {
                zip.putNextEntry(new ZipEntry(entry));
                zip.write(3);
                zip.closeEntry();
            }
        }
        return archive;
    }

    @Test
    void shouldRefusePicklesWithTheReason() throws IOException {
        Path legacy = Files.write(directory.resolve("legacy.pt"), new byte[] {(byte) 0x80, 2, '.'});
        Path saved = archive("saved.pt", "saved/data.pkl", "saved/version");

        for (Path pickle : List.of(legacy, saved)) {
            assertThatThrownBy(() -> read(pickle))
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining("is no TorchScript")
                    .hasMessageContaining("a pickle, which is a program for Python")
                    .hasMessageContaining("torch.jit.trace");
        }
    }

    @Test
    void shouldRefuseAProgramThatTheEngineCannotRead() throws IOException {
        Path broken = archive("broken.pt", "broken/code/__torch__.py", "broken/constants.pkl");

        assertThatThrownBy(() -> read(broken))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("is no TorchScript that the engine can read");
    }
}
