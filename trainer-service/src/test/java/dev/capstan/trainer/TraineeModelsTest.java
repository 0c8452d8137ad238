package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.model.ModelBundle;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.testing.TinyModels;
import java.awt.Color;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What learns in which mode, with a real model. */
class TraineeModelsTest {
    private static final Learner.Weights START = start();

    @Test
    void shouldTuneTheImageEncoderByCaptionsAlone() {
        Map<String, String> before = digests(START);

        Map<String, String> after = digests(learnt("tuned", START));

        assertThat(changed(before, after))
                .anyMatch(name -> name.startsWith(ParameterCatalog.IMAGE_ENCODER))
                .noneMatch(name ->
                        !name.startsWith(ParameterCatalog.IMAGE_ENCODER) && !name.startsWith(ParameterCatalog.LIMBER));
        assertThat(changed(before, after)).anyMatch(name -> name.startsWith(ParameterCatalog.LIMBER));
    }

    @Test
    void shouldLeaveTheImageEncoderAsItIsWhereOnlyTheMapLearns() {
        Map<String, String> before = digests(START);

        Map<String, String> after = digests(learnt("limber", START));

        assertThat(changed(before, after)).isNotEmpty().allMatch(name -> name.startsWith(ParameterCatalog.LIMBER));
    }

    @Test
    void shouldGoOnFromWhatATunedCheckpointKeeps() {
        Learner.Weights once = learnt("tuned", START);

        Learner.Weights twice = learnt("tuned", once);

        assertThat(once.trainingState()).isNotEmpty();
        assertThat(changed(digests(once), digests(twice)))
                .anyMatch(name -> name.startsWith(ParameterCatalog.IMAGE_ENCODER));
    }

    private static Learner.Weights start() {
        ModelBundle bundle = TinyModels.random(5);
        return new Learner.Weights(bundle.architecture().toJson(), bundle.tensors(), List.of());
    }

    private static Learner.Weights learnt(String mode, Learner.Weights from) {
        TraineeModels models = new TraineeModels(TrainerConfig.from(ConfigurationSource.of(Map.of(
                "bootstrap-servers", "127.0.0.1:1",
                "registry", "http://127.0.0.1:1",
                "trainer.mode", mode,
                "trainer.wire-type", "F32",
                "trainer.learning-rate", "0.001",
                "trainer.warmup-steps", "0"))));
        try (Learner learner = models.load(from)) {
            List<LearningPair> pairs = IntStream.range(0, 4)
                    .mapToObj(i -> new LearningPair(
                            "pair-" + i,
                            i % 2 == 0 ? "a red circle" : "a blue circle",
                            models.preprocessor()
                                    .forEvaluation(
                                            TinyModels.picture(i % 2 == 0 ? Color.RED : Color.BLUE, Color.WHITE)),
                            "policy",
                            Instant.EPOCH))
                    .toList();
            assertThat(learner.learn(pairs, 1).applied()).isTrue();
            return learner.weights();
        }
    }

    private static Map<String, String> digests(Learner.Weights weights) {
        return weights.serving().stream().collect(Collectors.toMap(TensorValue::name, TensorValue::digest));
    }

    private static List<String> changed(Map<String, String> before, Map<String, String> after) {
        return before.entrySet().stream()
                .filter(tensor -> !tensor.getValue().equals(after.get(tensor.getKey())))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }
}
