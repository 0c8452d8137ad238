package dev.capstan.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.model.CaptionOptions;
import dev.capstan.model.CaptionResult;
import dev.capstan.model.CaptioningClip;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ModelFixtures;
import dev.capstan.model.tensors.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The whole way of a model, small: the language model learns to write, then the rest learns to name shapes in a stream. */
class LearningTest {
    private static final int LANGUAGE_MODEL_STEPS = 250;
    private static final int STEPS = 250;
    private static final int PAIRS = 24;

    @Test
    void shouldLearnToNameAndCaptionShapes() throws Exception {
        SplittableRandom random = new SplittableRandom(1);
        PairBatch heldout = ModelFixtures.shapes(96, random);
        ModelBundle base = withLanguageModel(ModelFixtures.bundle(7), random);
        TrainingOptions streaming = TrainingOptions.streaming(TrainingMode.JOINT);
        TrainingOptions options = new TrainingOptions(
                TrainingMode.JOINT, streaming.contrastive(), OptimiserOptions.constant(1e-2, 20, 0.95, 0), 1, 0.98);
        try (Trainee trainee = Trainee.load(base, List.of(), options, ModelDevice.cpu())) {
            HeldoutScore before = trainee.score(heldout, ModelFixtures.labels(), List.of("{}"));

            for (int step = 0; step < STEPS; step++) {
                trainee.step(ModelFixtures.shapes(PAIRS, random), step);
            }

            HeldoutScore after = trainee.score(heldout, ModelFixtures.labels(), List.of("{}"));
            assertThat(before.zeroShotTop1().orElseThrow()).isLessThan(0.3);
            assertThat(after.zeroShotTop1().orElseThrow()).isGreaterThan(0.85);
            assertThat(after.recallAt1()).isGreaterThan(0.85);
            assertThat(after.contrastiveLoss()).isLessThan(before.contrastiveLoss());
            assertThat(after.captionLoss()).isLessThan(before.captionLoss() / 2);
            assertThat(captionedRight(base.with(trainee.servingTensors(TensorType.F16)), heldout))
                    .isGreaterThan(0.7);
        }
    }

    /** Pretrains on lines that name a thing, then say "a picture of" it: what soft prompts will be like. */
    private static ModelBundle withLanguageModel(ModelBundle bundle, SplittableRandom random) throws Exception {
        OptimiserOptions options = OptimiserOptions.cosine(1e-2, 20, LANGUAGE_MODEL_STEPS, 0.95, 0.01);
        try (LanguageModelTrainer trainer = LanguageModelTrainer.load(bundle, options, ModelDevice.cpu())) {
            List<String> labels = ModelFixtures.labels();
            List<String> lines = labels.stream()
                    .map(label -> label + " a picture of " + label)
                    .toList();
            double before = trainer.score(lines);
            long arrays = 0;
            for (int step = 0; step < LANGUAGE_MODEL_STEPS; step++) {
                List<String> batch = new ArrayList<>();
                for (int i = 0; i < PAIRS; i++) {
                    batch.add(lines.get(random.nextInt(lines.size())));
                }
                trainer.step(batch, step);
                arrays = step == 0 ? trainer.nativeArrays() : arrays;
            }
            // Two of eight tokens cannot be foreseen: log(12) / 8 = 0.31 nats a token.
            assertThat(before).isGreaterThan(3);
            assertThat(trainer.score(lines)).isLessThan(0.4);
            assertThat(trainer.nativeArrays()).isEqualTo(arrays);
            return bundle.with(trainer.tensors(TensorType.F16));
        }
    }

    private static double captionedRight(ModelBundle bundle, PairBatch pairs) throws Exception {
        try (CaptioningClip clip = CaptioningClip.load(bundle, ModelDevice.cpu())) {
            List<CaptionResult> captions = clip.captionPixels(pairs.images(), CaptionOptions.greedy(6));
            int right = 0;
            for (int i = 0; i < captions.size(); i++) {
                right += captions.get(i).caption().equals(pairs.texts().get(i)) ? 1 : 0;
            }
            return right / (double) captions.size();
        }
    }
}
