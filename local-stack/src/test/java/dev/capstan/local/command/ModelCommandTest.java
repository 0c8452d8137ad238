package dev.capstan.local.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.local.evaluation.PromptTemplates;
import dev.capstan.model.CaptionOptions;
import dev.capstan.model.CaptionRanking;
import dev.capstan.model.CaptioningClip;
import dev.capstan.model.LabelEmbeddings;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.PromptPart;
import dev.capstan.model.metrics.CaptionTokenizer;
import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.testing.TinyModels;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelCommandTest {
    private static final ModelBundle BUNDLE = TinyModels.random(11);
    private static final Map<String, Color> COLOURS = new LinkedHashMap<>();

    static {
        COLOURS.put("blue", Color.BLUE);
        COLOURS.put("green", Color.GREEN);
        COLOURS.put("red", Color.RED);
    }

    @TempDir
    private Path directory;

    private Path model;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void writeModel() throws IOException {
        model = directory.resolve("model");
        BUNDLE.writeDirectory(model);
    }

    private int run(Object... arguments) {
        List<String> words = new ArrayList<>(List.of("model"));
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        CommandLine command = CapstanCommand.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(words.toArray(String[]::new));
    }

    private JsonNode figures(Object... arguments) throws IOException {
        Path report = directory.resolve("report.json");
        List<Object> words = new ArrayList<>(List.of("eval", model, "--device", "cpu", "--report", report));
        words.addAll(List.of(arguments));
        assertThat(run(words.toArray())).as(err.toString()).isEqualTo(ExitCodes.OK);
        return new ObjectMapper().readTree(report.toFile());
    }

    private static BufferedImage picture(String colour, int number) {
        return TinyModels.picture(
                Objects.requireNonNull(COLOURS.get(colour)), new Color(40 * number, 90, 20 + 50 * number));
    }

    private static byte[] png(BufferedImage picture) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", png);
        return png.toByteArray();
    }

    /** Two pictures of each colour, in a directory of that name. */
    private Path pictures() throws IOException {
        Path root = directory.resolve("pictures");
        for (String colour : COLOURS.keySet()) {
            Path below = Files.createDirectories(root.resolve(colour));
            for (int number = 0; number < 2; number++) {
                Files.write(below.resolve(number + ".png"), png(picture(colour, number)));
                Files.writeString(below.resolve(number + ".txt"), texts(colour, number));
            }
        }
        return root;
    }

    private static String texts(String colour, int number) {
        return "a picture of a " + colour + " circle\nnumber " + number + " of the " + colour
                + " circles on a ground\n";
    }

    @Test
    void shouldImportAModelThatIsComplete() throws IOException {
        Path target = directory.resolve("imported");

        int exit = run("import", model, "--to", target, "--digests");

        assertThat(exit).isEqualTo(ExitCodes.OK);
        assertThat(ModelBundle.readDirectory(target).byName()).isEqualTo(BUNDLE.byName());
        TensorValue scale = Objects.requireNonNull(BUNDLE.byName().get("clip.logit_scale"));
        assertThat(out.toString())
                .contains(scale.digest() + "  clip.logit_scale")
                .contains("everything fits");
    }

    @Test
    void shouldNameEveryTensorThatIsMissingUnexpectedOrWrong() throws IOException {
        List<TensorValue> tensors = new ArrayList<>();
        for (TensorValue tensor :
                Safetensors.read(model.resolve("clip.safetensors")).tensors()) {
            switch (tensor.name()) {
                case "clip.logit_scale" -> {}
                case "clip.text_projection" ->
                    tensors.add(TensorValue.ofFloats(tensor.name(), new long[] {2}, new float[] {1, 2}));
                case "clip.ln_final.bias" -> {
                    float[] values = tensor.toFloats();
                    values[3] = Float.NaN;
                    tensors.add(TensorValue.ofFloats(tensor.name(), tensor.shape(), values));
                }
                case "clip.ln_final.weight" ->
                    tensors.add(TensorValue.ofLongs(tensor.name(), tensor.shape(), new long[(int) tensor.elements()]));
                default -> tensors.add(tensor);
            }
        }
        tensors.add(TensorValue.ofFloats("clip.surprise", new long[] {1}, new float[] {1}));
        Safetensors.write(model.resolve("clip.safetensors"), tensors, Map.of());
        Files.write(model.resolve("optimizer.pt"), new byte[] {1});

        int exit = run("import", model, "--to", directory.resolve("imported"));

        assertThat(exit).isEqualTo(ExitCodes.REFUSED);
        assertThat(out.toString())
                .contains("missing: clip.logit_scale")
                .contains("unexpected: clip.surprise")
                .contains("wrong: clip.text_projection F32 [2] should have the shape [32, 32]")
                .contains("wrong: clip.ln_final.bias F32 [32] has the value NaN at element 3")
                .contains("wrong: clip.ln_final.weight I64 [32] should be of a floating-point type")
                .contains("ignored: optimizer.pt: a pickle");
        assertThat(err.toString()).contains("5 faults");
        assertThat(directory.resolve("imported")).doesNotExist();
    }

    @Test
    void shouldRefuseAFileThatWasCutOff() throws IOException {
        Path weights = model.resolve("limber.safetensors");
        byte[] content = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(content, content.length - 10));

        assertThat(run("import", model)).isEqualTo(ExitCodes.REFUSED);
        assertThat(err.toString()).contains("limber.safetensors");
    }

    @Test
    void shouldSayWhyAPickleIsNotRead() throws IOException {
        Path pickles = Files.createDirectory(directory.resolve("pickles"));
        Files.write(pickles.resolve("pytorch_model.bin"), new byte[] {1});

        assertThat(run("import", pickles)).isEqualTo(ExitCodes.REFUSED);
        assertThat(err.toString()).contains("pytorch_model.bin is a pickle").contains("safetensors");
    }

    @Test
    void shouldShowPartsAndArchitecture() {
        assertThat(run("show", model, "--tensors")).isEqualTo(ExitCodes.OK);
        assertThat(out.toString())
                .contains("clip F32")
                .contains("language_model F32")
                .contains("\"embeddingDimension\" : 32")
                .contains("clip.logit_scale F32 []")
                .contains("complete");
    }

    @Test
    void shouldMeasureZeroShotAsTheModelAnswers() throws IOException {
        int right = 0;
        try (CaptioningClip clip = CaptioningClip.load(BUNDLE, ModelDevice.cpu())) {
            LabelEmbeddings labels =
                    clip.labelEmbeddings(List.copyOf(COLOURS.keySet()), List.of("a photo of a {}.", "the {} one"));
            for (String colour : COLOURS.keySet()) {
                for (int number = 0; number < 2; number++) {
                    String first = clip.classify(List.of(picture(colour, number)), labels, 1)
                            .get(0)
                            .get(0)
                            .label();
                    right += first.equals(colour) ? 1 : 0;
                }
            }
        }

        JsonNode zeroShot = figures(
                        "--data",
                        pictures(),
                        "--tasks",
                        "zero_shot",
                        "--template",
                        "a photo of a {}.",
                        "--template",
                        "the {} one")
                .get("zeroShot");

        assertThat(zeroShot.get("pictures").asInt()).isEqualTo(6);
        assertThat(zeroShot.get("classes").asInt()).isEqualTo(3);
        assertThat(zeroShot.get("top1").asDouble()).isCloseTo(right / 6.0, within(1e-12));
        assertThat(zeroShot.get("top5").asDouble()).isEqualTo(1);
    }

    @Test
    void shouldTakeAnEnsembleOfTemplatesFromAFile() throws IOException {
        Path root = pictures();
        Path file = Files.writeString(directory.resolve("templates.txt"), "# two\na photo of a {}.\n\nthe {} one\n");
        List<Object> single = List.of(
                "--data", root, "--tasks", "zero_shot", "--template", "a photo of a {}.", "--template", "the {} one");

        JsonNode fromFile = figures("--data", root, "--tasks", "zero_shot", "--templates", file);

        assertThat(fromFile).isEqualTo(figures(single.toArray()));
        assertThat(figures("--data", root, "--tasks", "zero_shot", "--ensemble")
                        .get("zeroShot")
                        .get("classes")
                        .asInt())
                .isEqualTo(3);
        assertThat(PromptTemplates.ensemble()).hasSizeGreaterThan(40).doesNotHaveDuplicates();
    }

    @Test
    void shouldNameTheTemplateThatHasNoPlace() throws IOException {
        Path file = Files.writeString(directory.resolve("templates.txt"), "a {}\na thing\n");

        int exit = run("eval", model, "--device", "cpu", "--data", pictures(), "--templates", file);

        assertThat(exit).isEqualTo(ExitCodes.USAGE);
        assertThat(err.toString()).contains("templates.txt:2 has no {} for the class: a thing");
    }

    /** Colours are easy for a linear classifier on whatever random features there are. */
    @Test
    void shouldFitALinearProbeOnPicturesApart() throws IOException {
        Path training = Files.createDirectory(directory.resolve("training"));
        for (String colour : COLOURS.keySet()) {
            Path below = Files.createDirectory(training.resolve(colour));
            for (int number = 0; number < 4; number++) {
                Files.write(below.resolve(number + ".png"), png(picture(colour, number)));
            }
        }

        JsonNode figures = figures("--data", pictures(), "--tasks", "probe", "--probe-training", training);

        JsonNode probe = figures.get("probe");
        assertThat(figures.get("pictures").asInt()).isEqualTo(6);
        assertThat(probe.get("trained").asInt()).isEqualTo(12);
        assertThat(probe.get("pictures").asInt()).isEqualTo(6);
        assertThat(probe.get("top1").asDouble()).isEqualTo(1);
        assertThat(probe.get("penalty").asDouble()).isBetween(1e-6, 1e6);
    }

    @Test
    void shouldProbeAFifthOfTheDataByTheRest() throws IOException {
        Path root = Files.createDirectory(directory.resolve("many"));
        for (String colour : COLOURS.keySet()) {
            Path below = Files.createDirectory(root.resolve(colour));
            for (int number = 0; number < 5; number++) {
                Files.write(below.resolve(number + ".png"), png(picture(colour, number % 4)));
            }
        }

        JsonNode probe = figures("--data", root, "--tasks", "probe").get("probe");

        assertThat(probe.get("trained").asInt()).isEqualTo(12);
        assertThat(probe.get("pictures").asInt()).isEqualTo(3);
        assertThat(probe.get("top1").asDouble()).isEqualTo(1);
    }

    /** A picture by its address's last part, one by its number, one that nobody fetched. */
    @Test
    void shouldReadATableOfConceptualCaptions() throws IOException {
        Path images = directory.resolve("cc");
        Path shard = Files.createDirectories(images.resolve("00000"));
        Files.write(images.resolve("a.png"), png(picture("red", 0)));
        Files.write(shard.resolve("000000001.jpg"), png(picture("blue", 1)));
        List<String> lines = List.of(
                "a red circle\thttps://example.org/x/a.png?size=2",
                "a blue circle\thttps://example.org/gone",
                "lost\thttps://example.org/../../model/config.json",
                "no address");
        Path table = Files.write(directory.resolve("captions.tsv"), lines);

        JsonNode figures = figures("--data", table, "--images", images, "--tasks", "retrieval");

        assertThat(figures.get("pictures").asInt()).isEqualTo(2);
        assertThat(figures.get("passedOver").asInt()).isEqualTo(2);
        assertThat(figures.get("retrieval").get("texts").asInt()).isEqualTo(2);
        assertThat(err.toString()).contains("captions.tsv:4").contains("1 lines of " + table + " have no picture");
    }

    @Test
    void shouldScoreCaptionsThatRepeatTheirReferences() throws IOException {
        Path root = Files.createDirectory(directory.resolve("own"));
        int words = 0;
        try (CaptioningClip clip = CaptioningClip.load(BUNDLE, ModelDevice.cpu())) {
            for (String colour : COLOURS.keySet()) {
                BufferedImage picture = picture(colour, 1);
                String caption = clip.caption(List.of(picture), CaptionOptions.greedy(12))
                        .get(0)
                        .caption();
                words = Math.max(words, CaptionTokenizer.tokenize(caption).split(" ", -1).length);
                Files.write(root.resolve(colour + ".png"), png(picture));
                Files.writeString(root.resolve(colour + ".txt"), caption);
            }
        }

        Path written = directory.resolve("written.jsonl");

        JsonNode captions = figures(
                        "--data", root, "--tasks", "captions", "--caption-tokens", 12, "--captions", written)
                .get("captions");

        assertThat(Files.readAllLines(written)).hasSize(3).allSatisfy(line -> {
            JsonNode one = new ObjectMapper().readTree(line);
            assertThat(one.get("picture").asText()).endsWith(".png");
            assertThat(one.get("references")).hasSize(1);
            assertThat(one.get("references").get(0)).isEqualTo(one.get("caption"));
        });

        assertThat(words).isGreaterThanOrEqualTo(4);
        assertThat(captions.get("pictures").asInt()).isEqualTo(3);
        assertThat(captions.get("bleu4").asDouble()).isCloseTo(1, within(1e-6));
        // What repeats its references has all of their words, in whatever categories these are.
        captions.get("words").forEach(score -> {
            assertThat(score.get("recall").asDouble()).isEqualTo(1);
            assertThat(score.get("precision").asDouble()).isEqualTo(1);
        });
        double clipScore = captions.get("clipScore").asDouble();
        assertThat(clipScore).isBetween(0.0, 2.5);
        assertThat(captions.get("refClipScore").asDouble()).isBetween(0.0, 2 * clipScore / (clipScore + 1) + 1e-6);
    }

    @Test
    void shouldMeasureTheSameInEveryForm() throws IOException {
        Path root = pictures();
        JsonNode fromDirectory = figures("--data", root, "--tasks", "retrieval,captions");
        Path tar = directory.resolve("shard.tar");
        ObjectNode coco = new ObjectMapper().createObjectNode();
        coco.putObject("info").put("year", 2026);
        int id = 0;
        try (OutputStream file = Files.newOutputStream(tar);
                TarArchiveOutputStream archive = new TarArchiveOutputStream(file)) {
            for (String colour : COLOURS.keySet()) {
                for (int number = 0; number < 2; number++) {
                    String key = colour + "-" + number;
                    put(archive, key + ".png", png(picture(colour, number)));
                    put(archive, key + ".txt", texts(colour, number).getBytes(StandardCharsets.UTF_8));
                    coco.withArray("images")
                            .addObject()
                            .put("id", ++id)
                            .put("file_name", colour + "/" + number + ".png");
                    for (String text : texts(colour, number).lines().toList()) {
                        coco.withArray("annotations")
                                .addObject()
                                .put("image_id", id)
                                .put("caption", text);
                    }
                }
            }
        }
        coco.withArray("images").addObject().put("id", 99).put("file_name", "../model/config.json");
        Path annotations = Files.writeString(directory.resolve("captions.json"), coco.toString());

        JsonNode fromTar = figures("--data", tar, "--tasks", "retrieval,captions");
        JsonNode fromCoco = figures("--data", annotations, "--images", root, "--tasks", "retrieval,captions");

        assertThat(fromDirectory.get("retrieval").get("texts").asInt()).isEqualTo(12);
        assertThat(fromDirectory.get("retrieval").get("textToImage10").asDouble())
                .isEqualTo(1);
        assertThat(fromTar).isEqualTo(fromDirectory);
        assertThat(fromCoco.get("captions")).isEqualTo(fromDirectory.get("captions"));
        assertThat(fromCoco.get("retrieval")).isEqualTo(fromDirectory.get("retrieval"));
        assertThat(fromCoco.get("passedOver").asInt()).isEqualTo(1);
        assertThat(err.toString()).contains("leads out of");
    }

    private static void put(TarArchiveOutputStream archive, String name, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        archive.putArchiveEntry(entry);
        archive.write(content);
        archive.closeArchiveEntry();
    }

    @Test
    void shouldPassOverWhatIsNoPictureAndStopAtTheLimit() throws IOException {
        Path root = pictures();
        Files.writeString(root.resolve("blue").resolve("00.png"), "no picture");

        JsonNode figures = figures("--data", root, "--tasks", "retrieval", "--limit", 3);

        assertThat(figures.get("pictures").asInt()).isEqualTo(3);
        assertThat(figures.get("passedOver").asInt()).isEqualTo(1);
        assertThat(err.toString()).contains("00.png");
    }

    @Test
    void shouldSayThatAnAnnotationFileNeedsItsPictures() throws IOException {
        Path annotations = Files.writeString(directory.resolve("captions.json"), "{\"images\": []}");

        assertThat(run("eval", model, "--device", "cpu", "--data", annotations)).isEqualTo(ExitCodes.FAILED);
        assertThat(err.toString()).contains("--images DIR");
    }

    @Test
    void shouldMeasureTheWordsOfGivenCategories() throws IOException {
        Path categories = Files.writeString(directory.resolve("words.txt"), "# mine\ncolours: red green blue\n");

        JsonNode words = figures("--data", pictures(), "--tasks", "captions", "--word-categories", categories)
                .get("captions")
                .get("words");

        assertThat(words.fieldNames()).toIterable().containsExactly("colours");
        assertThat(words.get("colours").get("words").asInt()).isEqualTo(6);
        assertThat(words.get("colours").get("recall").asDouble()).isBetween(0.0, 1.0);
        Files.writeString(categories, "colours\n");
        assertThat(run("eval", model, "--device", "cpu", "--data", pictures(), "--word-categories", categories))
                .isEqualTo(ExitCodes.FAILED);
        assertThat(err.toString()).contains("words.txt:1 is no category, colon and words");
    }

    @Test
    void shouldSayThatThereIsNothingToMeasure() throws IOException {
        Path root = Files.createDirectory(directory.resolve("bare"));
        Files.write(root.resolve("a.png"), png(picture("red", 0)));

        assertThat(run("eval", model, "--device", "cpu", "--data", root)).isEqualTo(ExitCodes.FAILED);
        assertThat(err.toString()).contains("1 pictures, but neither texts nor classes");
    }

    @Test
    void shouldMeasureShiftedPictures() throws IOException {
        Path root = pictures();
        Path grey = Files.createDirectory(directory.resolve("grey"));
        for (String colour : COLOURS.keySet()) {
            BufferedImage picture = picture(colour, 0);
            BufferedImage plain = new BufferedImage(48, 48, BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < 48 * 48; i++) {
                Color pixel = new Color(picture.getRGB(i % 48, i / 48));
                int level = (299 * pixel.getRed() + 587 * pixel.getGreen() + 114 * pixel.getBlue() + 500) / 1000;
                plain.setRGB(i % 48, i / 48, new Color(level, level, level).getRGB());
            }
            Files.write(grey.resolve(colour + ".png"), png(plain));
            Files.writeString(grey.resolve(colour + ".txt"), texts(colour, 0));
            Files.delete(root.resolve(colour).resolve("1.png"));
        }

        JsonNode shifted = figures("--data", root, "--tasks", "captions", "--shift", "grey");

        assertThat(shifted.get("captions"))
                .isEqualTo(figures("--data", grey, "--tasks", "captions").get("captions"));
    }

    private Path questions(String answer) throws IOException {
        Path images = Files.createDirectories(directory.resolve("val"));
        Files.write(images.resolve("COCO_val2014_000000000042.jpg"), png(picture("red", 0)));
        Files.writeString(directory.resolve("questions.json"), """
                {"info": {}, "data_subtype": "val2014", "questions": [
                 {"question_id": 1, "image_id": 42, "question": "is it red?"},
                 {"question_id": 2, "image_id": 43, "question": "is there a picture?"},
                 {"question_id": 3, "image_id": 42, "question": "did nobody answer?"}]}
                """);
        ObjectNode annotations = new ObjectMapper().createObjectNode();
        for (int id = 1; id <= 2; id++) {
            ObjectNode annotation =
                    annotations.withArray("annotations").addObject().put("question_id", id);
            for (int person = 0; person < 10; person++) {
                annotation.withArray("answers").addObject().put("answer", person < 2 ? answer : "something else");
            }
        }
        Files.writeString(directory.resolve("answers.json"), annotations.toString());
        return images;
    }

    @Test
    void shouldScoreAnswersByHowManyPeopleAgree() throws IOException {
        String answer;
        try (CaptioningClip clip = CaptioningClip.load(BUNDLE, ModelDevice.cpu())) {
            String written = clip.caption(
                            List.of(picture("red", 0)),
                            new CaptionOptions(Optional.of("Q: is it red? A:"), 4, 1, CaptionRanking.LIKELIHOOD))
                    .get(0)
                    .caption();
            answer = written.strip().split("[.\n]", -1)[0];
        }
        Path images = questions(answer);

        int exit = run(
                "vqa",
                model,
                "--device",
                "cpu",
                "--questions",
                directory.resolve("questions.json"),
                "--answers",
                directory.resolve("answers.json"),
                "--images",
                images,
                "--answer-tokens",
                4);

        assertThat(exit).as(err.toString()).isEqualTo(ExitCodes.OK);
        assertThat(answer).isNotBlank();
        // Two of ten agree: 0.6. The second question's picture is missing, the third has no answers.
        assertThat(out.toString()).contains("VQA accuracy 60.00 % on 1 questions, 1 passed over");
        assertThat(err.toString()).contains("COCO_val2014_000000000043.jpg");
    }

    /** The only other question is the example; blind, the same words are read without pictures. */
    @Test
    void shouldShowExamplesBeforeAQuestionAndAskBlind() throws IOException {
        Path images = Files.createDirectories(directory.resolve("val"));
        Files.write(images.resolve("COCO_val2014_000000000001.jpg"), png(picture("red", 0)));
        Files.write(images.resolve("COCO_val2014_000000000002.jpg"), png(picture("green", 1)));
        Files.writeString(directory.resolve("questions.json"), """
                {"data_subtype": "val2014", "questions": [
                 {"question_id": 1, "image_id": 1, "question": "red?"},
                 {"question_id": 2, "image_id": 2, "question": "blue?"}]}
                """);
        Map<Boolean, List<String>> answers = new LinkedHashMap<>();
        try (CaptioningClip clip = CaptioningClip.load(BUNDLE, ModelDevice.cpu())) {
            PromptPart red = new PromptPart.Picture(clip.preprocessor().forEvaluation(picture("red", 0)));
            PromptPart green = new PromptPart.Picture(clip.preprocessor().forEvaluation(picture("green", 1)));
            PromptPart greenIsNo = new PromptPart.Text("Q: blue? A: star\n");
            PromptPart redIsYes = new PromptPart.Text("Q: red? A: circle\n");
            PromptPart isItRed = new PromptPart.Text("Q: red? A:");
            PromptPart isItBlue = new PromptPart.Text("Q: blue? A:");
            answers.put(
                    false,
                    List.of(
                            written(clip, List.of(green, greenIsNo, red, isItRed)),
                            written(clip, List.of(red, redIsYes, green, isItBlue))));
            answers.put(
                    true,
                    List.of(written(clip, List.of(greenIsNo, isItRed)), written(clip, List.of(redIsYes, isItBlue))));
        }
        int exit = 0;
        for (boolean blind : List.of(false, true)) {
            // People say what the model should say, but for one vote that makes the example's answer the commonest.
            ObjectNode annotations = new ObjectMapper().createObjectNode();
            List<String> own = Objects.requireNonNull(answers.get(blind));
            for (int id = 1; id <= 2; id++) {
                ObjectNode annotation =
                        annotations.withArray("annotations").addObject().put("question_id", id);
                for (int person = 0; person < 7; person++) {
                    String shown = id == 1 ? "circle" : "star";
                    annotation.withArray("answers").addObject().put("answer", person < 4 ? shown : own.get(id - 1));
                }
            }
            Path file = Files.writeString(directory.resolve("answers-" + blind + ".json"), annotations.toString());
            exit += run(
                    "vqa",
                    model,
                    "--device",
                    "cpu",
                    "--questions",
                    directory.resolve("questions.json"),
                    "--answers",
                    file,
                    "--images",
                    images,
                    "--answer-tokens",
                    3,
                    "--shots",
                    "1",
                    "--blind");
        }

        assertThat(exit).as(err.toString()).isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).endsWith("on 2 questions, 0 passed over, 1 examples");
        assertThat(lines.get(3)).endsWith("on 2 questions, 0 passed over, 1 examples, blind");
        // Three of seven agree: of the seven groups of six, four hold all three and three hold two.
        String right = String.format("VQA accuracy %.2f %%", 100 * (4 * 1.0 + 3 * 2.0 / 3) / 7);
        assertThat(lines.get(0)).startsWith(right);
        assertThat(lines.get(3)).startsWith(right);
    }

    private static String written(CaptioningClip clip, List<PromptPart> prompt) {
        String answer = clip.complete(prompt, CaptionOptions.greedy(3)).get(0).caption();
        answer = answer.strip().split("[.\n]", -1)[0];
        return (answer.contains("Q:") ? answer.substring(0, answer.indexOf("Q:")) : answer).strip();
    }

    @Test
    void shouldSayThatThereAreNotEnoughExamples() throws IOException {
        Path images = questions("yes");

        int exit = run(
                "vqa",
                model,
                "--device",
                "cpu",
                "--questions",
                directory.resolve("questions.json"),
                "--answers",
                directory.resolve("answers.json"),
                "--images",
                images,
                "--shots",
                "2");

        assertThat(exit).isEqualTo(ExitCodes.FAILED);
        assertThat(err.toString()).contains("there are not 2 examples").contains("none of 2 questions could be asked");
    }

    @Test
    void shouldRefuseAPromptWithoutAPlaceForTheQuestion() throws IOException {
        Path images = questions("yes");

        int exit = run(
                "vqa",
                model,
                "--questions",
                directory.resolve("questions.json"),
                "--answers",
                directory.resolve("answers.json"),
                "--images",
                images,
                "--prompt",
                "Q: what? A:");

        assertThat(exit).isEqualTo(ExitCodes.USAGE);
        assertThat(err.toString()).contains("has no {} for the question");
    }
}
