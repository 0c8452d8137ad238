package dev.capstan.local.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.local.evaluation.ExampleFormat;
import dev.capstan.local.evaluation.LimberTraining;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.training.TrainingMode;
import dev.capstan.model.training.TrainingOptions;
import dev.capstan.testing.TinyModels;
import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelTrainCommandTest {
    private static final Pattern LOSS = Pattern.compile("loss ([0-9.]+) a token");
    private static final ModelBundle BUNDLE = TinyModels.random(7);

    @TempDir
    private Path directory;

    private Path model;
    private Path pictures;
    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    /** Five pictures, of which one has two captions, and one that is none. */
    @BeforeEach
    void write() throws IOException {
        model = directory.resolve("model");
        BUNDLE.writeDirectory(model);
        pictures = Files.createDirectory(directory.resolve("pictures"));
        List<Color> colours = List.of(Color.RED, Color.GREEN, Color.BLUE, Color.YELLOW, Color.BLACK);
        List<String> captions = List.of(
                "a red circle\na circle", "a green circle", "a blue circle", "a yellow circle", "a black circle");
        for (int i = 0; i < colours.size(); i++) {
            ImageIO.write(
                    TinyModels.picture(colours.get(i), Color.WHITE),
                    "png",
                    pictures.resolve(i + ".png").toFile());
            Files.writeString(pictures.resolve(i + ".txt"), captions.get(i));
        }
        Files.writeString(pictures.resolve("broken.png"), "no picture");
        Files.writeString(pictures.resolve("broken.txt"), "no caption");
    }

    private int run(Path output, Object... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        List<String> words = new ArrayList<>(List.of(
                "model",
                "train",
                model.toString(),
                "--data",
                pictures.toString(),
                "--device",
                "cpu",
                "--output",
                output.toString()));
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        CommandLine command = CapstanCommand.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(words.toArray(String[]::new));
    }

    private List<Double> losses() {
        return LOSS.matcher(out.toString())
                .results()
                .map((MatchResult result) -> Double.valueOf(result.group(1)))
                .toList();
    }

    private static List<String> changed(ModelBundle after) {
        Map<String, TensorValue> now = after.byName();
        return BUNDLE.byName().values().stream()
                .filter(tensor -> !tensor.equals(now.get(tensor.name())))
                .map(TensorValue::name)
                .toList();
    }

    @Test
    void shouldTrainTheLinearMapAlone() throws IOException {
        Path output = directory.resolve("trained");

        int exit = run(output, "--steps", 60, "--batch", 4, "--report-every", 20, "--learning-rate", 0.01);

        assertThat(exit).as(err.toString()).isEqualTo(ExitCodes.OK);
        assertThat(losses()).hasSize(3);
        assertThat(losses().get(2)).isLessThan(losses().get(0) - 0.02);
        assertThat(err.toString()).contains("broken.png");
        assertThat(changed(ModelBundle.readDirectory(output)))
                .containsExactlyInAnyOrder("limber.proj.weight", "limber.proj.bias");
    }

    @Test
    void shouldGiveUpWhereNothingCanBeLearnt() {
        Path output = directory.resolve("trained");

        int exit = run(output, "--steps", 60, "--batch", 4, "--learning-rate", 1e30);

        assertThat(exit).isEqualTo(ExitCodes.FAILED);
        assertThat(err.toString())
                .contains("passed over: the update of step ", "updates in a row were refused", "--learning-rate");
        assertThat(output.resolve("limber.safetensors")).doesNotExist();
    }

    @Test
    void shouldTuneTheEncoderOfARow() throws IOException {
        Path output = directory.resolve("tuned");

        int exit = run(output, "--steps", 2, "--batch", 5, "--row", "CLIP_TUNED");

        assertThat(exit).as(err.toString()).isEqualTo(ExitCodes.OK);
        assertThat(changed(ModelBundle.readDirectory(output)))
                .contains("clip.visual.conv1.weight", "limber.proj.weight")
                .allMatch(name ->
                        name.startsWith(ParameterCatalog.IMAGE_ENCODER) || name.startsWith(ParameterCatalog.LIMBER));
        assertThat(run(output, "--row", "BEIT")).isEqualTo(ExitCodes.USAGE);
        assertThat(err.toString()).contains("the row BEIT has a BeitImageEncoder");
    }

    /** The batches do not end where the data do. */
    @Test
    void shouldGoOnAsIfItHadNotEnded() throws IOException {
        Path straight = directory.resolve("straight");
        Path resumed = directory.resolve("resumed");
        assertThat(run(straight, "--steps", 7, "--batch", 3)).as(err.toString()).isEqualTo(ExitCodes.OK);
        assertThat(run(resumed, "--steps", 4, "--batch", 3)).isEqualTo(ExitCodes.OK);

        int exit = run(resumed, "--steps", 7, "--batch", 3, "--resume");

        assertThat(exit).as(err.toString()).isEqualTo(ExitCodes.OK);
        assertThat(ModelBundle.readDirectory(resumed).byName())
                .isEqualTo(ModelBundle.readDirectory(straight).byName());
    }

    /** The tiny encoder gives a picture the same features whatever is beside it, but for the last digits. */
    @Test
    void shouldLearnTheSameFromFeaturesThatWereKept() throws IOException {
        Path straight = directory.resolve("straight");
        Path cached = directory.resolve("cached");
        Path features = directory.resolve("features");
        assertThat(run(straight, "--steps", 8, "--batch", 3, "--report-every", 1))
                .as(err.toString())
                .isEqualTo(ExitCodes.OK);
        List<Double> losses = losses();

        int exit = run(cached, "--steps", 8, "--batch", 3, "--report-every", 1, "--feature-cache", features);

        assertThat(exit).as(err.toString()).isEqualTo(ExitCodes.OK);
        assertThat(losses())
                .usingElementComparator((one, other) -> Math.abs(one - other) < 2e-4 ? 0 : 1)
                .isEqualTo(losses);
        assertThat(size(features)).isPositive();
    }

    /** Of the one file in a directory. */
    private static long size(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return Files.size(all.get(0));
        }
    }

    @Test
    void shouldGoOnWithTheFeaturesOfAnEarlierRun() throws IOException {
        Path output = directory.resolve("trained");
        Path features = directory.resolve("features");
        assertThat(run(output, "--steps", 4, "--batch", 5, "--feature-cache", features, "--epoch", 10))
                .as(err.toString())
                .isEqualTo(ExitCodes.OK);
        ModelBundle before = ModelBundle.readDirectory(output);
        long kept = size(features);

        int exit = run(output, "--steps", 6, "--batch", 5, "--feature-cache", features, "--resume");

        assertThat(exit).as(err.toString()).isEqualTo(ExitCodes.OK);
        assertThat(out.toString()).contains("step 6: loss");
        assertThat(size(features)).isEqualTo(kept);
        assertThat(ModelBundle.readDirectory(output).byName().get("limber.proj.bias"))
                .isNotEqualTo(before.byName().get("limber.proj.bias"));
    }

    @Test
    void shouldKeepNoFeaturesOfAnEncoderThatIsTuned() {
        Path features = directory.resolve("features");

        int exit = run(directory.resolve("tuned"), "--row", "CLIP_TUNED", "--feature-cache", features);

        assertThat(exit).isEqualTo(ExitCodes.USAGE);
        assertThat(err.toString()).contains("features are kept of an encoder that stays as it is");
        assertThat(features).doesNotExist();
        assertThat(run(directory.resolve("none"), "--epoch", 0)).isEqualTo(ExitCodes.USAGE);
    }

    /** A run that is broken off after an epoch has left its model and state. */
    @Test
    void shouldWriteAfterEveryEpoch() throws IOException {
        Path output = directory.resolve("trained");
        for (int i = 1; i < 5; i++) {
            Files.delete(pictures.resolve(i + ".png"));
        }
        Path only = pictures.resolve("0.png");
        LimberTraining.Options options = new LimberTraining.Options(
                pictures,
                ExampleFormat.DIRECTORY,
                Optional.empty(),
                output,
                1,
                100,
                2,
                1,
                Optional.empty(),
                TrainingOptions.limber(TrainingMode.LIMBER),
                ModelDevice.cpu());
        LimberTraining training = new LimberTraining(options, problem -> {}, (step, loss) -> {
            if (step == 5) {
                delete(only);
            }
        });

        assertThatThrownBy(() -> training.run(BUNDLE, false)).hasMessageContaining("has no picture with a text");

        assertThat(Safetensors.read(output.resolve("training.state")).metadata())
                .containsEntry("step", "4");
        assertThat(changed(ModelBundle.readDirectory(output))).contains("limber.proj.weight");
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldSayThatThereIsNothingToLearnOrToGoOnFrom() throws IOException {
        assertThat(run(model, "--resume")).isEqualTo(ExitCodes.FAILED);
        assertThat(err.toString()).contains("has no training.state to go on from");
        for (int i = 0; i < 5; i++) {
            Files.delete(pictures.resolve(i + ".txt"));
        }

        assertThat(run(directory.resolve("empty"), "--steps", 1)).isEqualTo(ExitCodes.FAILED);
        assertThat(err.toString()).contains("has no picture with a text to learn from");
    }
}
