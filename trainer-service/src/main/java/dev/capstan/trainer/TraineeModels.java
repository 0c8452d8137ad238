package dev.capstan.trainer;

import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.images.Augmentation;
import dev.capstan.model.images.ImagePreprocessor;
import dev.capstan.model.images.PixelImage;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.WeightsFormatException;
import dev.capstan.model.training.CaptionRule;
import dev.capstan.model.training.HeldoutScore;
import dev.capstan.model.training.OptimiserOptions;
import dev.capstan.model.training.PairBatch;
import dev.capstan.model.training.StepResult;
import dev.capstan.model.training.Trainee;
import dev.capstan.model.training.TrainingMode;
import dev.capstan.model.training.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** The real models: CLIP with LiMBeR, from a directory or from a checkpoint, on the configured device. */
final class TraineeModels implements Models {
    private final TrainerConfig config;
    private final TrainingOptions options;
    private volatile @Nullable ImagePreprocessor preprocessor;

    TraineeModels(TrainerConfig config) {
        this.config = config;
        this.options = options(config.learning());
    }

    @Override
    public Learner.Weights base() {
        Path directory = config.baseDirectory()
                .orElseThrow(() -> new IllegalStateException("The log has no checkpoint of " + config.model()
                        + " and CAPSTAN_TRAINER_BASE_DIRECTORY names no base weights to start from"));
        try {
            ModelBundle bundle = ModelBundle.readDirectory(directory);
            return new Learner.Weights(bundle.architecture().toJson(), bundle.tensors(), List.of());
        } catch (IOException e) {
            throw new IllegalStateException("The base weights in " + directory + " cannot be read: " + e, e);
        }
    }

    @Override
    public Learner load(Learner.Weights weights) {
        try {
            ModelBundle bundle = new ModelBundle(ModelArchitecture.fromJson(weights.architecture()), weights.serving());
            Trainee trainee = Trainee.load(
                    bundle,
                    weights.trainingState(),
                    options,
                    ModelDevice.parse(config.learning().device()));
            preprocessor = new ImagePreprocessor(
                    bundle.architecture().image().size(),
                    augmentation(config.learning().augmentation()));
            return new TraineeLearner(
                    trainee,
                    bundle.architecture().toJson(),
                    config.checkpoint().wireType(),
                    config.learning().captionRule());
        } catch (WeightsFormatException e) {
            throw new IllegalStateException("The weights of " + config.model() + " cannot be loaded: " + e, e);
        }
    }

    @Override
    public ImagePreprocessor preprocessor() {
        ImagePreprocessor current = preprocessor;
        if (current == null) {
            throw new IllegalStateException("Pictures are prepared for a model, and none is loaded yet");
        }
        return current;
    }

    private static TrainingOptions options(TrainerConfig.Learning learning) {
        return new TrainingOptions(
                TrainingMode.valueOf(learning.mode().name()),
                new OptimiserOptions(
                        learning.learningRate(),
                        learning.warmupSteps(),
                        0,
                        1,
                        0.9,
                        0.98,
                        1e-6,
                        learning.weightDecay(),
                        learning.gradientClip()),
                new OptimiserOptions(
                        learning.projectionLearningRate(),
                        learning.warmupSteps(),
                        0,
                        1,
                        0.9,
                        0.95,
                        1e-6,
                        0,
                        learning.gradientClip()),
                learning.captionShare(),
                learning.averageDecay());
    }

    /**
     * Hues stay, for texts name colours; nothing is mirrored, for texts name sides.
     *
     * @param strength 0 leaves pictures as they are
     */
    private static Augmentation augmentation(double strength) {
        return new Augmentation(
                1 - 0.3 * strength,
                1 + 0.2 * strength,
                15 * strength,
                0,
                0.3 * strength,
                0.4 * strength,
                0.4 * strength,
                0,
                0.05 * strength);
    }

    /** One {@link Trainee}; closed with it. */
    private record TraineeLearner(Trainee trainee, String architecture, TensorType wireType, CaptionRule captionRule)
            implements Learner {
        /** Batch norm has no variance over one picture whose feature grid is one position. */
        private static final int SMALLEST_BATCH = 2;

        @Override
        public int smallestBatch() {
            return SMALLEST_BATCH;
        }

        @Override
        public Learnt learn(List<LearningPair> pairs, long step) {
            // The library counts steps from 0.
            StepResult result = trainee.step(batch(pairs), step - 1);
            return new Learnt(result.contrastiveLoss(), result.captionLoss(), result.applied());
        }

        @Override
        public Score score(List<LearningPair> heldout, List<String> labels, List<String> templates) {
            HeldoutScore score = trainee.score(batch(heldout), labels.isEmpty() ? null : labels, templates);
            return new Score(
                    OptionalDouble.of(score.contrastiveLoss()),
                    Double.isNaN(score.captionLoss()) ? OptionalDouble.empty() : OptionalDouble.of(score.captionLoss()),
                    OptionalDouble.of(score.recallAt1()),
                    score.zeroShotTop1(),
                    score.zeroShotPairs());
        }

        @Override
        public Weights weights() {
            return new Weights(architecture, trainee.servingTensors(wireType), trainee.trainingState());
        }

        @Override
        public void close() {
            trainee.close();
        }

        /** Pairs with a caption come first: a batch has captions for its first pictures. */
        private PairBatch batch(List<LearningPair> pairs) {
            List<LearningPair> captioned = new ArrayList<>(pairs.size());
            List<LearningPair> others = new ArrayList<>();
            List<String> captions = new ArrayList<>();
            for (LearningPair pair : pairs) {
                Optional<String> caption = captionRule.captionOf(pair.text());
                caption.ifPresent(captions::add);
                (caption.isPresent() ? captioned : others).add(pair);
            }
            captioned.addAll(others);
            List<PixelImage> images =
                    captioned.stream().map(LearningPair::image).toList();
            return new PairBatch(
                    images, captioned.stream().map(LearningPair::text).toList(), captions);
        }
    }
}
