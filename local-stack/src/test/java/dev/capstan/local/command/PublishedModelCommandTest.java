package dev.capstan.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.model.CaptionOptions;
import dev.capstan.model.CaptioningClip;
import dev.capstan.model.LabelEmbeddings;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.NfResNetImageEncoder;
import dev.capstan.model.SiglipTextEncoder;
import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.testing.PublishedModels;
import dev.capstan.testing.TinyModels;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Directories as others publish them: checked, put together, asked. */
class PublishedModelCommandTest {
    private static final BufferedImage PICTURE = TinyModels.picture(Color.RED, Color.BLUE);

    @TempDir
    private Path directory;

    private Path clip;
    private Path languageModel;
    private Path target;
    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @BeforeEach
    void writeParts() throws IOException {
        clip = PublishedModels.openClip(directory.resolve("clip"), 1);
        languageModel = PublishedModels.gpt2(directory.resolve("gpt2"), 2);
        target = directory.resolve("model");
    }

    private int run(Object... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        List<String> words = new ArrayList<>(List.of("model"));
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        CommandLine command = CapstanCommand.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(words.toArray(String[]::new));
    }

    @Test
    void shouldCheckEachPublishedPart() throws IOException {
        assertThat(run("import", clip)).as(err.toString()).isEqualTo(ExitCodes.OK);
        assertThat(out.toString()).contains("layout open_clip").contains("everything fits");
        assertThat(run("import", languageModel)).as(err.toString()).isEqualTo(ExitCodes.OK);
        assertThat(out.toString()).contains("layout Hugging Face gpt2");
        Path siglip = PublishedModels.siglip(directory.resolve("siglip"), 3);
        assertThat(run("import", siglip)).as(err.toString()).isEqualTo(ExitCodes.OK);
        assertThat(out.toString()).contains("layout Hugging Face SiglipModel");
        assertThat(run("show", siglip)).isEqualTo(ExitCodes.OK);
        assertThat(out.toString()).contains("\"kind\" : \"siglip\"").contains("complete");
    }

    @Test
    void shouldNameTheTensorsAsTheirMakerDoes() throws IOException {
        Path file = clip.resolve("open_clip_model.safetensors");
        List<TensorValue> tensors = new ArrayList<>(Safetensors.read(file).tensors());
        tensors.removeIf(tensor -> tensor.name().equals("visual.proj"));
        tensors.replaceAll(tensor -> tensor.name().equals("text_projection")
                ? TensorValue.ofFloats(tensor.name(), new long[] {1}, new float[1])
                : tensor);
        tensors.add(TensorValue.ofFloats("surprise", new long[] {1}, new float[1]));
        Safetensors.write(file, tensors, Map.of());
        Files.delete(clip.resolve("tokenizer.json"));

        int exit = run("import", clip, "--language-model", languageModel, "--output", target);

        assertThat(exit).isEqualTo(ExitCodes.REFUSED);
        assertThat(out.toString())
                .contains("missing: visual.proj")
                .contains("unexpected: surprise")
                .contains("wrong: text_projection F32 [1] should have the shape [32, 24]")
                .contains("wrong: " + clip + " has no vocabulary");
        assertThat(err.toString()).contains("4 faults");
        assertThat(target).doesNotExist();
    }

    @Test
    void shouldPutClipAndALanguageModelTogether() throws Exception {
        int exit = run("import", clip, "--language-model", languageModel, "--output", target);

        assertThat(exit).as(err.toString()).isEqualTo(ExitCodes.OK);
        assertThat(out.toString()).contains("linear map: 16 feature vectors of 32 become 16 soft prompt tokens of 32");
        ModelBundle bundle = ModelBundle.readDirectory(target);
        Map<String, TensorValue> published = byName(clip.resolve("open_clip_model.safetensors"));
        assertThat(bundle.byName().get("clip.visual.proj"))
                .isEqualTo(Objects.requireNonNull(published.get("visual.proj")).withName("clip.visual.proj"));
        try (CaptioningClip model = CaptioningClip.load(bundle, ModelDevice.cpu())) {
            LabelEmbeddings labels = model.labelEmbeddings(List.of("circle", "square"), List.of("a photo of a {}."));
            assertThat(model.classify(List.of(PICTURE), labels, 2).get(0)).hasSize(2);
            assertThat(model.caption(List.of(PICTURE), CaptionOptions.greedy(5))
                            .get(0)
                            .grounding())
                    .isBetween(0.0, 2.5);
        }
        assertThat(run("import", target)).as(out.toString()).isEqualTo(ExitCodes.OK);
    }

    @Test
    void shouldMeasureWhatWasPutTogether() throws IOException {
        Path pictures = Files.createDirectory(directory.resolve("pictures"));
        for (String colour : List.of("red", "green")) {
            Path of = Files.createDirectory(pictures.resolve(colour));
            ImageIO.write(PICTURE, "png", of.resolve("a.png").toFile());
            Files.writeString(of.resolve("a.txt"), "A picture of a " + colour + " circle");
        }
        Path siglip = PublishedModels.siglip(directory.resolve("siglip"), 3);
        assertThat(run(
                        "import",
                        siglip,
                        "--language-model",
                        languageModel,
                        "--output",
                        target,
                        "--feature",
                        "EMBEDDING"))
                .as(err.toString())
                .isEqualTo(ExitCodes.OK);
        assertThat(ModelBundle.readDirectory(target).architecture().text()).isInstanceOf(SiglipTextEncoder.class);

        int exit = run("eval", target, "--device", "cpu", "--data", pictures, "--caption-tokens", 4);

        assertThat(exit).as(err.toString()).isEqualTo(ExitCodes.OK);
        assertThat(out.toString())
                .contains("zero-shot: top-1 50.0 %")
                .contains("retrieval: 2 pictures")
                .contains("captions:");
    }

    @Test
    void shouldTakeAnotherImageEncoderAndDrawItAnewForTheBaseline() throws Exception {
        Path encoder = PublishedModels.nfResNet(directory.resolve("nf"), 4);
        List<String> parts = List.of(
                "import",
                clip.toString(),
                "--language-model",
                languageModel.toString(),
                "--image-encoder",
                encoder.toString(),
                "--output",
                target.toString());
        assertThat(run(withRow(parts, "NFRN50"))).as(err.toString()).isEqualTo(ExitCodes.OK);
        ModelBundle frozen = ModelBundle.readDirectory(target);

        assertThat(run(withRow(parts, "NFRN50_RANDOM"))).as(err.toString()).isEqualTo(ExitCodes.OK);

        ModelBundle random = ModelBundle.readDirectory(target);
        TensorValue stem = Objects.requireNonNull(
                byName(encoder.resolve("model.safetensors")).get("stem.conv.weight"));
        String name = "clip.visual.stem.conv.weight";
        assertThat(frozen.byName().get(name)).isEqualTo(stem.withName(name));
        assertThat(random.byName().get(name)).isNotEqualTo(stem.withName(name));
        assertThat(random.byName().get("clip.text_projection"))
                .isEqualTo(frozen.byName().get("clip.text_projection"));
        ModelArchitecture architecture = random.architecture();
        assertThat(architecture.image()).isInstanceOf(NfResNetImageEncoder.class);
        assertThat(architecture.softPromptLength()).isEqualTo(2);
        try (CaptioningClip model = CaptioningClip.load(random, ModelDevice.cpu())) {
            assertThat(model.caption(List.of(PICTURE), CaptionOptions.greedy(3)))
                    .hasSize(1);
        }
    }

    private static Object[] withRow(List<String> arguments, String row) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of("--row", row));
        return all.toArray();
    }

    @Test
    void shouldTakeATorchScriptEncoderButNoPickle() throws Exception {
        Path program =
                Path.of("..", "model", "src", "test", "resources", "dev", "capstan", "model", "torchscript", "grid.pt");
        Object[] arguments = {
            "import",
            clip,
            "--language-model",
            languageModel,
            "--image-encoder",
            program,
            "--image-size",
            16,
            "--image-statistics",
            "CLIP",
            "--output",
            target
        };

        assertThat(run(arguments)).as(err.toString()).isEqualTo(ExitCodes.OK);

        assertThat(out.toString()).contains("16 feature vectors of 12 become 16 soft prompt tokens of 32");
        assertThat(run("import", target)).as(out.toString()).isEqualTo(ExitCodes.OK);
        assertThat(out.toString()).doesNotContain("ignored");
        try (CaptioningClip model = CaptioningClip.load(ModelBundle.readDirectory(target), ModelDevice.cpu())) {
            assertThat(model.caption(List.of(PICTURE), CaptionOptions.greedy(3)))
                    .hasSize(1);
        }
        arguments[5] = Files.write(directory.resolve("encoder.pt"), new byte[] {(byte) 0x80, 2, '.'});
        assertThat(run(arguments)).isEqualTo(ExitCodes.REFUSED);
        assertThat(err.toString()).contains("encoder.pt is no TorchScript").contains("a pickle");
    }

    @Test
    void shouldRefuseARowOfAnotherEncoder() {
        assertThat(run("import", clip, "--language-model", languageModel, "--row", "NFRN50"))
                .isEqualTo(ExitCodes.USAGE);
        assertThat(err.toString()).contains("the row NFRN50 has a NfResNetImageEncoder, not a VitImageEncoder");
    }

    @Test
    void shouldSayWhatAPartLacks() {
        assertThat(run("import", clip, "--output", target)).isEqualTo(ExitCodes.REFUSED);
        assertThat(err.toString()).contains("--language-model LM_DIR");
        assertThat(run("import", clip, "--untrained")).isEqualTo(ExitCodes.USAGE);
        assertThat(err.toString()).contains("give --language-model DIR");
        assertThat(run("import", languageModel, "--language-model", languageModel))
                .isEqualTo(ExitCodes.REFUSED);
        assertThat(err.toString()).contains("model_type must be clip or siglip, not \"gpt2\"");
    }

    @Test
    void shouldNotStartAStackOnAPart() {
        CommandLine command = CapstanCommand.commandLine();
        command.setErr(new PrintWriter(err, true));

        int exit = command.execute("up", "--base-weights", clip.toString(), "--no-console");

        assertThat(exit).isEqualTo(ExitCodes.REFUSED);
        assertThat(err.toString()).contains("is one part of a model, a published CLIP");
    }

    @Test
    void shouldRefuseASoftPromptThatLeavesNoRoom() {
        int exit = run("import", clip, "--language-model", languageModel, "--soft-tokens", 16);

        assertThat(exit).isEqualTo(ExitCodes.REFUSED);
        assertThat(err.toString()).contains("the soft prompt of 256 positions").contains("fewer soft tokens");
    }

    private static Map<String, TensorValue> byName(Path file) throws IOException {
        Map<String, TensorValue> tensors = new HashMap<>();
        for (TensorValue tensor : Safetensors.read(file).tensors()) {
            tensors.put(tensor.name(), tensor);
        }
        return tensors;
    }
}
