package dev.capstan.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.model.ModelDevice;
import dev.capstan.model.ModelFixtures;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LearningTest {
    @Test
    void shouldLearnToNameShapes() throws Exception {
        SplittableRandom random = new SplittableRandom(1);
        TrainingOptions options = TrainingOptions.streaming(TrainingMode.CONTRASTIVE);
        PairBatch heldout = ModelFixtures.shapes(48, random);
        try (Trainee trainee = Trainee.load(ModelFixtures.bundle(7), List.of(), options, ModelDevice.cpu())) {
            HeldoutScore before = trainee.score(heldout, ModelFixtures.labels(), List.of("{}"));

            for (int step = 0; step < 200; step++) {
                trainee.step(ModelFixtures.shapes(24, random), step);
            }

            HeldoutScore after = trainee.score(heldout, ModelFixtures.labels(), List.of("{}"));
            assertThat(before.zeroShotTop1().orElseThrow()).isLessThan(0.3);
            assertThat(after.zeroShotTop1().orElseThrow()).isGreaterThan(0.85);
            assertThat(after.recallAt1()).isGreaterThan(0.85);
            assertThat(after.contrastiveLoss()).isLessThan(before.contrastiveLoss());
        }
    }
}
