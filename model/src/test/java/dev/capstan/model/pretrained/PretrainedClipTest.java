package dev.capstan.model.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.parity.ParityFixture;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found, missing, wrong or hostile in published directories. */
class PretrainedClipTest {
    private static final String QUERY = "vision_model.encoder.layers.0.self_attn.q_proj.weight";

    @TempDir
    Path directory;

    @Test
    void shouldFindEveryTensorOfAShardedDirectory() throws IOException {
        copy("hugging-face-clip");

        ImportReport report = PretrainedClip.read(directory).weights().report();

        assertThat(report.isClean()).isTrue();
        assertThat(report.found()).isEqualTo(62);
        assertThat(report.elements()).isEqualTo(24_513);
        assertThat(report.describe()).contains("Hugging Face CLIPModel, 62 parameters of 24513 numbers");
    }

    @Test
    void shouldNameMissingUnexpectedAndMisfittingTensors() throws IOException {
        copy("hugging-face-clip-bfloat16");
        change(tensors -> {
            tensors.removeIf(
                    tensor -> tensor.name().equals(QUERY) || tensor.name().equals("logit_scale"));
            tensors.removeIf(tensor -> tensor.name().equals("visual_projection.weight"));
            tensors.add(TensorValue.ofFloats("visual_projection.weight", new long[] {2}, new float[2]));
            tensors.removeIf(tensor -> tensor.name().equals("text_projection.weight"));
            tensors.add(TensorValue.ofLongs("text_projection.weight", new long[] {16, 16}, new long[256]));
            tensors.add(TensorValue.ofFloats("surprise", new long[] {1}, new float[1]));
            tensors.add(TensorValue.ofLongs("text_model.embeddings.position_ids", new long[] {1}, new long[1]));
        });

        PretrainedWeights weights = PretrainedClip.read(directory).weights();

        ImportReport report = weights.report();
        assertThat(report.missing()).containsExactlyInAnyOrder(QUERY, "logit_scale");
        assertThat(report.unexpected()).containsExactly("surprise");
        assertThat(report.ignored()).containsExactly("text_model.embeddings.position_ids");
        assertThat(report.misfits())
                .containsExactlyInAnyOrder(
                        "visual_projection.weight F32 [2] should have the shape [16, 24]",
                        "text_projection.weight I64 [16, 16] should be F32, F16 or BF16");
        assertThatThrownBy(weights::tensorValues)
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("missing (2)")
                .hasMessageContaining(QUERY)
                .hasMessageContaining("unexpected (1): surprise");
    }

    @Test
    void shouldGiveTheSameValuesAsTensorsAndAsArrays() throws IOException {
        copy("hugging-face-clip");
        PretrainedWeights weights = PretrainedClip.read(directory).weights();

        try (NDManager manager = ModelDevice.cpu().openManager()) {
            var arrays = weights.load(manager, new TensorTransfer());

            assertThat(arrays).hasSize(weights.tensorValues().size());
            for (TensorValue tensor : weights.tensorValues()) {
                assertThat(tensor.type()).isEqualTo(TensorType.F16);
                assertThat(Objects.requireNonNull(arrays.get(tensor.name())).toFloatArray())
                        .as(tensor.name())
                        .containsExactly(tensor.toFloats());
            }
        }
    }

    @Test
    void shouldRefuseWhatIsNoFiniteNumberAndLeaveNothingBehind() throws IOException {
        copy("hugging-face-clip-bfloat16");
        change(tensors -> {
            tensors.removeIf(tensor -> tensor.name().equals("logit_scale"));
            tensors.add(TensorValue.ofFloats("logit_scale", new long[] {}, new float[] {Float.NaN}));
        });
        PretrainedWeights weights = PretrainedClip.read(directory).weights();

        try (NDManager manager = ModelDevice.cpu().openManager()) {
            assertThatThrownBy(() -> weights.load(manager, new TensorTransfer()))
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining("logit_scale F32 [] holds NaN at element 0");
            assertThat(manager.getManagedArrays()).isEmpty();
        }
        assertThatThrownBy(weights::tensorValues)
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("logit_scale");
    }

    @Test
    void shouldRefuseAPickleWithTheReason() throws IOException {
        copy("hugging-face-clip-bfloat16");
        Files.move(directory.resolve("model.safetensors"), directory.resolve("pytorch_model.bin"));

        assertRefused("pytorch_model.bin is a pickle, which is a program");
    }

    @Test
    void shouldRefuseShardsOutsideTheDirectory() throws IOException {
        copy("hugging-face-clip");
        for (String name : List.of("../model.safetensors", "/etc/passwd", "a/b.safetensors", "..", "x.bin")) {
            rewriteIndex("model-00002-of-00002.safetensors", name);

            assertRefused("a shard must be a safetensors file beside it, not '" + name + "'");

            rewriteIndex(name, "model-00002-of-00002.safetensors");
        }
    }

    @Test
    void shouldRefuseAnIndexThatItsShardsContradict() throws IOException {
        copy("hugging-face-clip");
        rewriteIndex("\"logit_scale\"", "\"logit_shift\"");

        assertRefused("lacks logit_shift");
    }

    @Test
    void shouldRefuseAMissingShard() throws IOException {
        copy("hugging-face-clip");
        Files.delete(directory.resolve("model-00001-of-00002.safetensors"));

        assertRefused("there is no shard model-00001-of-00002.safetensors");
    }

    @Test
    void shouldRefuseATruncatedFile() throws IOException {
        copy("hugging-face-clip-bfloat16");
        Path file = directory.resolve("model.safetensors");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(Files.size(file) - 10);
        }

        assertRefused("model.safetensors: the header speaks of");
    }

    @Test
    void shouldRefuseSettingsThatItDoesNotKnow() throws IOException {
        copy("hugging-face-clip-bfloat16");
        rewrite("config.json", "\"gelu\"", "\"relu\"");
        assertRefused("hidden_act must be quick_gelu, gelu, gelu_new or gelu_pytorch_tanh, not \"relu\"");

        copy("hugging-face-clip-bfloat16");
        rewrite("config.json", "\"intermediate_size\": 96", "\"intermediate_size\": 95");
        assertRefused("intermediate_size must be four times hidden_size, 96, not 95");

        copy("hugging-face-clip-bfloat16");
        rewrite("config.json", "\"num_attention_heads\": 2", "\"num_attention_heads\": 7");
        assertRefused("heads must divide width");

        copy("hugging-face-clip-bfloat16");
        rewrite("config.json", "\"model_type\": \"clip\"", "\"model_type\": \"blip\"");
        assertRefused("model_type must be clip or siglip");

        Files.writeString(directory.resolve("config.json"), "[".repeat(100_000));
        assertRefused("config.json: not JSON");

        Files.writeString(directory.resolve("config.json"), " ".repeat((1 << 20) + 1));
        assertRefused("config.json: more than 1048576 bytes");
    }

    @Test
    void shouldRefuseAnOpenClipModelOfAnotherKind() throws IOException {
        copy("open-clip-vit");
        rewrite("open_clip_config.json", "\"image_size\"", "\"timm_model_name\": \"vit\", \"image_size\"");

        assertRefused("the settings [timm_model_name] are not supported");
    }

    @Test
    void shouldReadTransformersFilesBesideAnOpenClipConfig() throws IOException {
        copy("hugging-face-clip-bfloat16");
        Files.copy(
                ParityFixture.directory("open-clip-vit").resolve("open_clip_config.json"),
                directory.resolve("open_clip_config.json"));

        assertThat(PretrainedClip.read(directory).weights().report().format()).isEqualTo("Hugging Face CLIPModel");
    }

    /** Whatever is done to the bytes, there is one kind of error, or a model. */
    @Test
    void shouldNeverFailOtherwiseOnDamagedFiles() throws IOException {
        copy("open-clip-vit-gelu");
        Random random = new Random(5);
        Path file = directory.resolve("open_clip_model.safetensors");
        byte[] whole = Files.readAllBytes(file);
        int refused = 0;
        for (int i = 0; i < 200; i++) {
            byte[] damaged = whole.clone();
            for (int flip = 0; flip < 3; flip++) {
                damaged[random.nextInt(i % 2 == 0 ? 3000 : damaged.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, damaged);
            try {
                PretrainedClip.read(directory).weights().tensorValues();
            } catch (WeightsFormatException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(50, 200);
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> PretrainedClip.read(directory))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(message);
    }

    private void copy(String fixture) throws IOException {
        new DirectoryCopy(directory).copy(fixture);
    }

    private void change(Consumer<List<TensorValue>> change) throws IOException {
        new DirectoryCopy(directory).change(change);
    }

    private void rewriteIndex(String before, String after) throws IOException {
        rewrite("model.safetensors.index.json", before, after);
    }

    private void rewrite(String name, String before, String after) throws IOException {
        new DirectoryCopy(directory).rewrite(name, before, after);
    }
}
