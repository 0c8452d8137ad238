package dev.capstan.local.baseweights;

import dev.capstan.corpora.EvaluationPictures;
import dev.capstan.corpora.EvaluationPictures.EvaluationPicture;
import dev.capstan.corpora.Novelty;
import dev.capstan.corpora.PhasePlan;
import dev.capstan.corpora.PlainText;
import dev.capstan.corpora.PlainTextRecipe;
import dev.capstan.corpora.SampleCorpus;
import dev.capstan.corpora.SampleFeed;
import dev.capstan.corpora.SampleRecipe;
import dev.capstan.corpora.WordNet;
import dev.capstan.model.CaptionOptions;
import dev.capstan.model.CaptionRanking;
import dev.capstan.model.CaptionResult;
import dev.capstan.model.CaptioningClip;
import dev.capstan.model.ImageResolution;
import dev.capstan.model.LabelEmbeddings;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ScoredLabel;
import dev.capstan.model.images.Augmentation;
import dev.capstan.model.images.ImagePreprocessor;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.text.TokenizerStyle;
import dev.capstan.model.text.TokenizerTrainer;
import dev.capstan.model.text.TrainedTokenizer;
import dev.capstan.model.training.CaptionRule;
import dev.capstan.model.training.LanguageModelTrainer;
import dev.capstan.model.training.PairBatch;
import dev.capstan.model.training.StepResult;
import dev.capstan.model.training.Trainee;
import dev.capstan.model.training.TrainingOptions;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Trains the demo's base weights from the corpora: the vocabulary, the two encoders contrastively, the language model on
 * plain text, and at last the linear map between frozen encoders and frozen language model. The new concepts (the
 * animals) are kept out of every picture, and the held-out vendor out of everything.
 *
 * <p>Encoders and language model do not need each other: two processes may make them at the same time. Each stage leaves
 * a directory that the last one reads, and is passed over where it has been done. One thread.
 */
public final class BaseWeights {
    private static final long REPORT_STEPS = 100;
    private static final int EVALUATION_SIDE = 64;
    private static final int SORTED_BATCHES = 16;
    private static final int CAPTION_TOKENS = 12;
    private static final CaptionOptions GROUNDED =
            new CaptionOptions(Optional.empty(), CAPTION_TOKENS, 5, CaptionRanking.GROUNDING);

    private final CaptionRule captionRule = CaptionRule.names();
    private final BaseWeightsPlan plan;
    private final SampleCorpus corpus;
    private final Path work;
    private final Consumer<String> progress;

    /**
     * @param work where the stages leave what they made
     */
    public BaseWeights(BaseWeightsPlan plan, SampleCorpus corpus, Path work, Consumer<String> progress) {
        this.plan = plan;
        this.corpus = corpus;
        this.work = work;
        this.progress = progress;
    }

    /** All stages that have not been done, and the finished bundle into a directory. */
    public void run(Path output) throws IOException, InterruptedException {
        encoders();
        fineEncoders();
        languageModel();
        ModelBundle finished = linearMap();
        finished.writeDirectory(output);
        score(finished);
    }

    /** Trains both encoders on small pictures of every known concept. */
    public void encoders() throws IOException, InterruptedException {
        if (isDone(coarseDirectory())) {
            progress.accept("encoders: done before");
            return;
        }
        progress.accept("encoders: " + plan.steps() + " steps");
        Lesson lesson =
                new Lesson(plan.encoderTraining(), plan.steps(), corpus.recipe(), plan.seed(), PairSource.Kind.ENCODED);
        train(untrained(), lesson).writeDirectory(coarseDirectory());
    }

    /** Goes on from there with larger pictures. */
    public void fineEncoders() throws IOException, InterruptedException {
        if (isDone(fineDirectory())) {
            progress.accept("encoders on larger pictures: done before");
            return;
        }
        progress.accept("encoders on larger pictures: " + plan.fineSteps() + " steps");
        ModelBundle start = ImageResolution.at(ModelBundle.readDirectory(coarseDirectory()), plan.finePixels());
        SampleRecipe recipe = corpus.recipe().withRendering(plan.fineRendering());
        Lesson lesson =
                new Lesson(plan.fineTraining(), plan.fineSteps(), recipe, plan.seed() + 2, PairSource.Kind.DRAWN);
        train(start, lesson).writeDirectory(fineDirectory());
    }

    /** Trains the language model on plain text. */
    public void languageModel() throws IOException {
        if (isDone(languageModelDirectory())) {
            progress.accept("language model: done before");
            return;
        }
        progress.accept("language model: " + plan.languageModelSteps() + " steps");
        PlainText text = plainText();
        ModelBundle start = untrained();
        int batch = plan.languageModelBatch();
        try (LanguageModelTrainer trainer =
                LanguageModelTrainer.load(start, plan.languageModelTraining(), ModelDevice.parse("auto"))) {
            List<List<String>> batches = new ArrayList<>();
            for (int step = 0; step < plan.languageModelSteps(); step++) {
                if (batches.isEmpty()) {
                    batches = batchesOfLikeLength(text, (long) step * batch);
                }
                double loss =
                        trainer.step(batches.remove(batches.size() - 1), step).orElse(Double.NaN);
                if (step % REPORT_STEPS == 0) {
                    progress.accept("language model: step %d, loss %.3f nats a token".formatted(step, loss));
                }
            }
            start.with(trainer.tensors(TensorType.F16)).writeDirectory(languageModelDirectory());
        }
    }

    /** Some batches, each of lines of like length so that little is padding, in random order. */
    private List<List<String>> batchesOfLikeLength(PlainText text, long firstLine) {
        int batch = plan.languageModelBatch();
        List<String> lines = new ArrayList<>();
        for (long i = 0; i < (long) batch * SORTED_BATCHES; i++) {
            lines.add(text.line(plan.seed(), firstLine + i));
        }
        lines.sort((a, b) -> Integer.compare(a.length(), b.length()));
        List<List<String>> batches = new ArrayList<>();
        for (int from = 0; from < lines.size(); from += batch) {
            batches.add(List.copyOf(lines.subList(from, from + batch)));
        }
        Collections.shuffle(batches, new Random(plan.seed() ^ firstLine));
        return batches;
    }

    /** Trains the linear map; the encoders and the language model stay as they are, bit by bit. */
    private ModelBundle linearMap() throws IOException, InterruptedException {
        progress.accept("linear map: " + plan.projectionSteps() + " steps");
        ModelBundle encoders = ModelBundle.readDirectory(fineDirectory());
        ModelBundle start = encoders.with(ModelBundle.readDirectory(languageModelDirectory()).tensors().stream()
                .filter(tensor -> tensor.name().startsWith("language_model."))
                .toList());
        return train(
                start,
                new Lesson(
                        plan.projectionTraining(),
                        plan.projectionSteps(),
                        corpus.recipe(),
                        plan.seed() + 1,
                        PairSource.Kind.ENCODED));
    }

    /** What is learnt from what. */
    private record Lesson(
            TrainingOptions options, long steps, SampleRecipe recipe, long seed, PairSource.Kind pictures) {}

    private ModelBundle train(ModelBundle start, Lesson lesson) throws IOException, InterruptedException {
        long steps = lesson.steps();
        SampleFeed feed = new SampleFeed(
                corpus.pictures(), lesson.recipe(), SampleFeed.Options.clean(lesson.seed(), PhasePlan.always(0)));
        ImagePreprocessor preprocessor =
                new ImagePreprocessor(start.architecture().image().size(), Augmentation.none());
        long started = System.nanoTime();
        try (PairSource source = new PairSource(feed, lesson.pictures(), preprocessor, plan.batch(), lesson.seed());
                Trainee trainee = Trainee.load(start, List.of(), lesson.options(), ModelDevice.parse("auto"))) {
            for (long step = 0; step < steps; step++) {
                StepResult result = trainee.step(batch(source.next()), step);
                if (step % REPORT_STEPS == 0 || step == steps - 1) {
                    report(step, steps, result, started);
                }
            }
            return start.with(trainee.servingTensors(TensorType.F16));
        }
    }

    /** A batch whose pairs with captions come first, as the batch wants them. */
    private PairBatch batch(List<PairSource.Pair> pairs) {
        List<PairSource.Pair> captioned = new ArrayList<>();
        List<PairSource.Pair> others = new ArrayList<>();
        List<String> captions = new ArrayList<>();
        for (PairSource.Pair pair : pairs) {
            captionRule
                    .captionOf(pair.text())
                    .ifPresentOrElse(
                            caption -> {
                                captioned.add(pair);
                                captions.add(caption);
                            },
                            () -> others.add(pair));
        }
        captioned.addAll(others);
        return new PairBatch(
                captioned.stream().map(PairSource.Pair::image).toList(),
                captioned.stream().map(PairSource.Pair::text).toList(),
                captions);
    }

    private void report(long step, long steps, StepResult result, long started) {
        double seconds = (System.nanoTime() - started) / 1e9;
        progress.accept("step %d of %d, %.0f pairs/s, contrastive %.3f, caption %.3f, top-1 in the batch %.2f"
                .formatted(
                        step,
                        steps,
                        (step + 1) * plan.batch() / seconds,
                        result.contrastiveLoss().orElse(Double.NaN),
                        result.captionLoss().orElse(Double.NaN),
                        result.inBatchTop1()));
    }

    /** What the model card says: the held-out vendor's clean pictures, known and new concepts. */
    private void score(ModelBundle bundle) throws IOException {
        try (CaptioningClip model = CaptioningClip.load(bundle, ModelDevice.parse("auto"))) {
            for (Novelty novelty : Novelty.values()) {
                List<EvaluationPicture> pictures = EvaluationPictures.of(
                        corpus.pictures(), corpus.recipe().heldOutVendor(), novelty, EVALUATION_SIDE);
                LabelEmbeddings labels = model.labelEmbeddings(corpus.pictures().labels(novelty), List.of("{}"));
                int top1 = 0;
                int greedy = 0;
                int grounded = 0;
                for (EvaluationPicture picture : pictures) {
                    List<BufferedImage> image =
                            List.of(PairSource.decode(picture.image().bytes()));
                    List<List<ScoredLabel>> answers = model.classify(image, labels, 1);
                    top1 += answers.get(0).get(0).label().equals(picture.label()) ? 1 : 0;
                    greedy += isExact(model.caption(image, CaptionOptions.greedy(CAPTION_TOKENS)), picture);
                    grounded += isExact(model.caption(image, GROUNDED), picture);
                }
                progress.accept(
                        ("%s concepts of %s, clean: zero-shot top-1 %.3f of %d labels, captions exact %.3f greedy, "
                                        + "%.3f by %d beams ranked by grounding")
                                .formatted(
                                        novelty,
                                        corpus.recipe().heldOutVendor(),
                                        top1 / (double) pictures.size(),
                                        corpus.pictures().labels(novelty).size(),
                                        greedy / (double) pictures.size(),
                                        grounded / (double) pictures.size(),
                                        GROUNDED.beams()));
            }
        }
    }

    private static int isExact(List<CaptionResult> captions, EvaluationPicture picture) {
        return captions.get(0).caption().equalsIgnoreCase(picture.label()) ? 1 : 0;
    }

    private ModelBundle untrained() {
        // Bytes lose nothing, so that "two-hump camel" is written as it was read; a name has no case.
        TokenizerTrainer trainer = new TokenizerTrainer(TokenizerStyle.BYTE_LEVEL, true);
        plainText().vocabulary().forEach(line -> trainer.add(line.text(), line.count()));
        TrainedTokenizer tokenizer = trainer.train(plan.vocabularySize());
        return ModelBundle.random(
                plan.architecture(tokenizer.vocabularySize(), tokenizer.special()),
                tokenizer.json(),
                new SplittableRandom(plan.seed()));
    }

    private PlainText plainText() {
        return new PlainText(corpus.pictures(), WordNet.glosses(), PlainTextRecipe.captions());
    }

    private Path coarseDirectory() {
        return work.resolve("encoders");
    }

    private Path fineDirectory() {
        return work.resolve("encoders-on-larger-pictures");
    }

    private Path languageModelDirectory() {
        return work.resolve("language-model");
    }

    private static boolean isDone(Path stage) {
        return Files.exists(stage.resolve("config.json"));
    }
}
