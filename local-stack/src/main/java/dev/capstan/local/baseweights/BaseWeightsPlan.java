package dev.capstan.local.baseweights;

import dev.capstan.corpora.RenderingRecipe;
import dev.capstan.model.ClipTextEncoder;
import dev.capstan.model.Gpt2LanguageModel;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelArchitecture.Activation;
import dev.capstan.model.ModelArchitecture.ImageEncoder;
import dev.capstan.model.ModelArchitecture.ImageFeature;
import dev.capstan.model.ModelArchitecture.Limber;
import dev.capstan.model.training.OptimiserOptions;
import dev.capstan.model.training.TrainingMode;
import dev.capstan.model.training.TrainingOptions;
import java.util.List;

/**
 * Every number of the base weights' training.
 *
 * @param seed gives the same data and the same initial weights again
 * @param vocabularySize tokens of the shared vocabulary
 * @param languageModelSteps steps of the language model's pretraining on plain text
 * @param languageModelBatch lines a step
 * @param pairs pairs of the contrastive training on small pictures
 * @param finePairs pairs of the contrastive training that goes on from there on larger pictures
 * @param projectionPairs pairs that the linear map learns from, over frozen encoders
 * @param batch pairs a step
 */
public record BaseWeightsPlan(
        long seed,
        int vocabularySize,
        int languageModelSteps,
        int languageModelBatch,
        long pairs,
        long finePairs,
        long projectionPairs,
        int batch) {
    /** For the part that a training mode leaves alone. */
    private static final OptimiserOptions UNUSED = OptimiserOptions.constant(1e-3, 0, 0.95, 0);

    private static final int COARSE_PIXELS = 48;
    private static final int FINE_PIXELS = 64;
    private static final int EMBEDDING = 128;
    private static final int LANGUAGE_MODEL_WIDTH = 160;
    private static final int SOFT_TOKENS = 4;

    /** What the committed weights were made with. */
    public static BaseWeightsPlan committed() {
        return new BaseWeightsPlan(20261124, 4096, 8000, 64, 640_000, 448_000, 64_000, 128);
    }

    /** A run of minutes, to try the command. */
    public BaseWeightsPlan scaled(double share) {
        return new BaseWeightsPlan(
                seed,
                vocabularySize,
                (int) Math.max(20, languageModelSteps * share),
                languageModelBatch,
                Math.max(batch * 20L, Math.round(pairs * share)),
                Math.max(batch * 20L, Math.round(finePairs * share)),
                Math.max(batch * 20L, Math.round(projectionPairs * share)),
                batch);
    }

    /** Of the small pictures; the finished model is the same at {@link #finePixels()}. */
    ModelArchitecture architecture(int vocabulary, ModelArchitecture.Tokenizer special) {
        return new ModelArchitecture(
                EMBEDDING,
                ImageEncoder.of(COARSE_PIXELS, List.of(1, 1, 1, 1), 16),
                new ClipTextEncoder(20, vocabulary, EMBEDDING, 4, 2),
                new Gpt2LanguageModel(48, vocabulary, LANGUAGE_MODEL_WIDTH, 5, 3, Activation.GELU_TANH),
                new Limber(
                        ImageFeature.ATTENTION_POOL, SOFT_TOKENS, true, 0f, true, Limber.PAPER_PROMPT, "a picture of "),
                special);
    }

    TrainingOptions encoderTraining() {
        return new TrainingOptions(
                TrainingMode.CONTRASTIVE,
                OptimiserOptions.cosine(2.5e-3, warmup(steps()), steps(), 0.98, 0.1),
                UNUSED,
                1,
                0.99);
    }

    /**
     * On larger pictures from the weights that small ones left: most of the way at a small cost, then the detail that tells
     * one animal's face from another's (arXiv 2103.00020, section 2.5, did the same from 224 to 336 pixels).
     */
    TrainingOptions fineTraining() {
        return new TrainingOptions(
                TrainingMode.CONTRASTIVE,
                OptimiserOptions.cosine(1.5e-3, Math.min(100, fineSteps() / 4), fineSteps(), 0.98, 0.1),
                UNUSED,
                1,
                0.99);
    }

    /** Side of the finished model's pictures. */
    int finePixels() {
        return FINE_PIXELS;
    }

    /** How the larger pictures vary. */
    RenderingRecipe fineRendering() {
        return RenderingRecipe.crawl(0.6);
    }

    OptimiserOptions languageModelTraining() {
        return OptimiserOptions.cosine(2e-3, warmup(languageModelSteps), languageModelSteps, 0.95, 0.05);
    }

    TrainingOptions projectionTraining() {
        return new TrainingOptions(
                TrainingMode.LIMBER,
                UNUSED,
                OptimiserOptions.cosine(2e-3, warmup(projectionSteps()), projectionSteps(), 0.95, 0),
                1,
                0.99);
    }

    long steps() {
        return pairs / batch;
    }

    long fineSteps() {
        return finePairs / batch;
    }

    long projectionSteps() {
        return projectionPairs / batch;
    }

    private static long warmup(long steps) {
        return Math.min(150, steps / 4);
    }
}
