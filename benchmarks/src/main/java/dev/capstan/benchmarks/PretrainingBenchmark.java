package dev.capstan.benchmarks;

import dev.capstan.corpora.CaptionedShapes;
import dev.capstan.corpora.Concept;
import dev.capstan.corpora.Pictures;
import dev.capstan.corpora.Shape;
import dev.capstan.corpora.ShapeColour;
import dev.capstan.corpora.ShapeCount;
import dev.capstan.corpora.ShapeStyle;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.VitImageEncoder;
import dev.capstan.model.images.Augmentation;
import dev.capstan.model.images.ImagePreprocessor;
import dev.capstan.model.images.PixelImage;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.training.OptimiserOptions;
import dev.capstan.model.training.PairBatch;
import dev.capstan.model.training.StepResult;
import dev.capstan.model.training.Trainee;
import dev.capstan.model.training.TrainingMode;
import dev.capstan.model.training.TrainingOptions;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/**
 * Contrastive against caption-predicting pre-training at equal compute (arXiv 2103.00020, section 2.3 and figure 2): one vision
 * transformer from the same random weights, on the same generated pictures in the same order, for the same CPU seconds of
 * steps; once beside a text encoder, once through a language model that is frozen. What comes out is measured by {@code
 * capstan model eval}: its linear probe reads both, zero-shot labels only the one that has a text encoder.
 *
 * <p>Arguments: a directory of a model with a language model ({@code demo/base-model}), a directory to write to, CPU seconds.
 * Written are the models {@code contrastive} and {@code captions} and the pictures {@code same} (the styles of the training)
 * and {@code shifted} (a style that was never seen), in directories by class.
 */
public final class PretrainingBenchmark {
    private static final int BATCH = 64;
    private static final int PICTURES_OF_A_CLASS = 15;
    private static final int REPORT_STEPS = 100;
    private static final long SEED = 7;
    private static final String UNSEEN = ShapeStyle.STRIPED.name().toLowerCase(Locale.ROOT);
    private static final VitImageEncoder ENCODER = VitImageEncoder.of(48, 8, 128, 3);
    private static final Pictures CORPUS = CaptionedShapes.of(
            List.of(
                    ShapeColour.RED,
                    ShapeColour.GREEN,
                    ShapeColour.BLUE,
                    ShapeColour.YELLOW,
                    ShapeColour.PURPLE,
                    ShapeColour.BLACK),
            List.of(Shape.CIRCLE, Shape.SQUARE, Shape.TRIANGLE, Shape.RING, Shape.CROSS, Shape.STAR),
            List.of(ShapeCount.values()),
            Set.of());

    private PretrainingBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Path output = Path.of(arguments[1]);
        double seconds = Double.parseDouble(arguments[2]);
        ModelBundle start = untrained(ModelBundle.readDirectory(Path.of(arguments[0])));
        write(output.resolve("same"), false);
        write(output.resolve("shifted"), true);
        OptimiserOptions encoders = OptimiserOptions.constant(1e-3, 50, 0.98, 0.1);
        OptimiserOptions map = OptimiserOptions.constant(1e-3, 50, 0.95, 0);
        for (TrainingMode mode : List.of(TrainingMode.CONTRASTIVE, TrainingMode.TUNED)) {
            Path directory = output.resolve(mode == TrainingMode.TUNED ? "captions" : "contrastive");
            train(start, new TrainingOptions(mode, encoders, map, 1, 0), seconds)
                    .writeDirectory(directory);
        }
    }

    /** Random encoders and linear map; the language model is the given one's. */
    private static ModelBundle untrained(ModelBundle given) {
        ModelArchitecture old = given.architecture();
        ModelArchitecture architecture = new ModelArchitecture(
                old.embeddingDimension(), ENCODER, old.text(), old.languageModel(), old.limber(), old.tokenizer());
        return ModelBundle.random(architecture, given.tokenizer(), new SplittableRandom(SEED))
                .with(given.tensors().stream()
                        .filter(tensor -> tensor.name().startsWith(ParameterCatalog.LANGUAGE_MODEL))
                        .toList());
    }

    private static ModelBundle train(ModelBundle start, TrainingOptions options, double seconds) throws IOException {
        ImagePreprocessor preprocessor = new ImagePreprocessor(ENCODER.size(), Augmentation.none());
        try (Trainee trainee = Trainee.load(start, List.of(), options, ModelDevice.cpu())) {
            double spent = 0;
            long step = 0;
            String last = "no step";
            while (spent < seconds) {
                PairBatch batch = batch(preprocessor, step);
                long before = Rounds.threadNanoseconds();
                StepResult result = trainee.step(batch, step);
                spent += (Rounds.threadNanoseconds() - before) / Rounds.NANOSECONDS;
                step++;
                last = result.toString();
                if (step % REPORT_STEPS == 0) {
                    System.out.printf(Locale.ROOT, "%s: step %d, %.1f s, %s%n", options.mode(), step, spent, last);
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s: %d pairs in %d steps, %.1f s of CPU, %s%n",
                    options.mode(),
                    step * BATCH,
                    step,
                    spent,
                    last);
            return new ModelBundle(trainee.architecture(), trainee.servingTensors(TensorType.F32));
        }
    }

    private static PairBatch batch(ImagePreprocessor preprocessor, long step) {
        SplittableRandom random = new SplittableRandom(SEED + step);
        List<PixelImage> images = new ArrayList<>(BATCH);
        List<String> texts = new ArrayList<>(BATCH);
        while (images.size() < BATCH) {
            Concept concept =
                    CORPUS.concepts().get(random.nextInt(CORPUS.concepts().size()));
            images.add(preprocessor.forEvaluation(drawn(concept, false, random)));
            texts.add(concept.name());
        }
        return PairBatch.of(images, texts);
    }

    private static BufferedImage drawn(Concept concept, boolean unseen, SplittableRandom random) {
        List<String> vendors = CORPUS.vendors().stream()
                .filter(vendor -> vendor.equals(UNSEEN) == unseen)
                .toList();
        String vendor = vendors.get(random.nextInt(vendors.size()));
        return Objects.requireNonNull(concept.pictures().get(vendor)).draw(random);
    }

    private static void write(Path directory, boolean unseen) throws IOException {
        // Streams of the training are SEED and up.
        SplittableRandom random = new SplittableRandom(unseen ? -2 : -1);
        for (Concept concept : CORPUS.concepts()) {
            Path ofClass = Files.createDirectories(directory.resolve(concept.name()));
            for (int number = 0; number < PICTURES_OF_A_CLASS; number++) {
                ImageIO.write(
                        drawn(concept, unseen, random),
                        "png",
                        ofClass.resolve(number + ".png").toFile());
                Files.writeString(ofClass.resolve(number + ".txt"), concept.name());
            }
        }
    }
}
