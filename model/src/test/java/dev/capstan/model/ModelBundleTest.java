package dev.capstan.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelBundleTest {
    @TempDir
    Path directory;

    private final ModelBundle bundle = ModelFixtures.bundle(1);

    @Test
    void shouldReadBackWhatItWrote() throws IOException {
        bundle.writeDirectory(directory);

        ModelBundle read = ModelBundle.readDirectory(directory);

        assertThat(read.architecture()).isEqualTo(bundle.architecture());
        assertThat(read.byName()).containsExactlyInAnyOrderEntriesOf(bundle.byName());
        assertThat(read.tokenizer()).isEqualTo(bundle.tokenizer());
    }

    @Test
    void shouldReadBackBothTokenizers() throws IOException {
        ModelBundle two = ModelFixtures.twoVocabularies(1, ModelArchitecture.ImageFeature.GRID);
        two.writeDirectory(directory);

        ModelBundle read = ModelBundle.readDirectory(directory);

        assertThat(read.byName()).containsExactlyInAnyOrderEntriesOf(two.byName());
        assertThat(read.languageModelTokenizer())
                .isEqualTo(two.languageModelTokenizer())
                .isNotEqualTo(read.tokenizer());
        assertThat(bundle.languageModelTokenizer()).isEqualTo(bundle.tokenizer());
    }

    @Test
    void shouldBeTheSameForTheSameSeed() {
        assertThat(ModelFixtures.bundle(1)).isEqualTo(bundle);
        assertThat(ModelFixtures.bundle(2)).isNotEqualTo(bundle);
    }

    @Test
    void shouldRefuseMissingTensorsByName() {
        List<TensorValue> tensors = new ArrayList<>(bundle.tensors());
        tensors.removeIf(tensor -> tensor.name().equals("limber.proj.bias"));

        assertThatThrownBy(() -> new ModelBundle(bundle.architecture(), tensors))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no tensor limber.proj.bias");
    }

    @Test
    void shouldRefuseUnknownTensorsShapesAndTypesByName() {
        List<TensorValue> tensors = new ArrayList<>(bundle.tensors());
        tensors.removeIf(tensor -> tensor.name().startsWith("limber."));
        tensors.add(TensorValue.ofFloats("limber.proj.bias", new long[] {2}, new float[2]));
        tensors.add(TensorValue.ofLongs("limber.proj.weight", new long[] {64, 256}, new long[64 * 256]));
        tensors.add(TensorValue.ofFloats("clip.surprise", new long[] {1}, new float[1]));

        assertThatThrownBy(() -> new ModelBundle(bundle.architecture(), tensors))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("limber.proj.bias F32 [2] should have the shape [64]")
                .hasMessageContaining("limber.proj.weight I64 [64, 256] should be of a floating-point type")
                .hasMessageContaining("unknown tensor clip.surprise");
    }

    @Test
    void shouldRefuseADirectoryWhoseWeightsDoNotFit() throws IOException {
        bundle.writeDirectory(directory);
        Safetensors.write(directory.resolve("limber.safetensors"), List.of(), Map.of());

        assertThatThrownBy(() -> ModelBundle.readDirectory(directory))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(directory.toString())
                .hasMessageContaining("no tensor limber.proj.weight");
    }

    @Test
    void shouldTakeAReferencesCountsOfBatchesForNothing() throws IOException {
        bundle.writeDirectory(directory);
        Safetensors.write(
                directory.resolve("counts.safetensors"),
                List.of(TensorValue.ofLongs("clip.visual.bn1.num_batches_tracked", new long[] {}, new long[] {9})),
                Map.of());

        assertThat(ModelBundle.readDirectory(directory).byName()).containsExactlyInAnyOrderEntriesOf(bundle.byName());
    }

    @Test
    void shouldReplaceTensorsByName() {
        TensorValue half = Objects.requireNonNull(bundle.byName().get("limber.proj.weight"))
                .as(TensorType.F16);

        ModelBundle changed = bundle.with(List.of(half));

        assertThat(changed.byName()).containsEntry("limber.proj.weight", half).hasSameSizeAs(bundle.byName());
    }

    @Test
    void shouldKeepTheConfigLastSoThatAHalfWrittenDirectoryIsNotAModel() throws IOException {
        bundle.writeDirectory(directory);
        Files.delete(directory.resolve("config.json"));

        assertThatThrownBy(() -> ModelBundle.readDirectory(directory)).isInstanceOf(IOException.class);
    }
}
