package dev.capstan.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ModelFixtures;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TraineeTest {
    private static final int PAIRS = 12;
    private static final TrainingOptions JOINT = TrainingOptions.streaming(TrainingMode.JOINT);

    private final ModelBundle bundle = ModelFixtures.bundle(11);

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F32", "F16"})
    void shouldGoOnFromItsStateAsIfNothingHadHappened(TensorType wireType) throws Exception {
        List<PairBatch> batches = batches(10);
        Map<String, TensorValue> straight;
        List<StepResult> straightResults;
        try (Trainee trainee = load(bundle, List.of(), JOINT)) {
            straightResults = train(trainee, batches, 0);
            straight = byName(trainee.trainingState());
        }
        List<TensorValue> serving;
        List<TensorValue> state;
        try (Trainee trainee = load(bundle, List.of(), JOINT)) {
            train(trainee, batches.subList(0, 5), 0);
            serving = trainee.servingTensors(wireType);
            state = trainee.trainingState();
        }

        try (Trainee resumed = load(new ModelBundle(bundle.architecture(), serving), state, JOINT)) {
            List<StepResult> results = train(resumed, batches.subList(5, 10), 5);

            assertThat(results).isEqualTo(straightResults.subList(5, 10));
            assertThat(byName(resumed.trainingState())).isEqualTo(straight);
        }
    }

    @Test
    void shouldLeaveAllButTheLinearMapUnchangedInLimberMode() throws Exception {
        Map<String, TensorValue> before = bundle.byName();
        try (Trainee trainee = load(bundle, List.of(), TrainingOptions.streaming(TrainingMode.LIMBER))) {
            float[][] vectors = trainee.embedImages(batches(1).get(0).images());

            train(trainee, batches(5), 0);

            Map<String, TensorValue> after = byName(trainee.servingTensors(TensorType.F32));
            assertThat(changed(before, after)).containsExactlyInAnyOrder("limber.proj.weight", "limber.proj.bias");
            assertThat(trainee.embedImages(batches(1).get(0).images())).isDeepEqualTo(vectors);
        }
    }

    @Test
    void shouldLearnFromWhatTheLinearMapReadAsFromThePictures() throws Exception {
        TrainingOptions options = TrainingOptions.limber(TrainingMode.LIMBER);
        PairBatch batch = batches(1).get(0);
        StepResult fromPictures;
        try (Trainee trainee = load(bundle, List.of(), options)) {
            fromPictures = trainee.step(batch, 3);
        }
        try (Trainee trainee = load(bundle, List.of(), options)) {
            List<float[]> inputs = List.of(trainee.limberInputs(batch.images()));

            StepResult fromInputs = trainee.step(inputs, batch.captions(), 3);

            assertThat(fromInputs.applied()).isTrue();
            assertThat(fromInputs.captionLoss().orElseThrow())
                    .isCloseTo(fromPictures.captionLoss().orElseThrow(), within(1e-5));
        }
    }

    @Test
    void shouldNotTakeKeptInputsForAnEncoderThatLearns() throws Exception {
        try (Trainee trainee = load(bundle, List.of(), JOINT)) {
            PairBatch batch = batches(1).get(0);

            assertThatThrownBy(() -> trainee.limberInputs(batch.images())).hasMessageContaining("JOINT");
            assertThatThrownBy(() -> trainee.step(List.of(new float[1]), List.of("a"), 0))
                    .hasMessageContaining("JOINT");
        }
    }

    @Test
    void shouldTellEncodersApartByWhatTheLinearMapReads() {
        Map<String, TensorValue> tensors = bundle.byName();
        TensorValue map = Objects.requireNonNull(tensors.get("limber.proj.bias"));
        TensorValue encoder = Objects.requireNonNull(tensors.get("clip.visual.conv1.weight"));
        ModelBundle otherMap = bundle.with(
                List.of(TensorValue.ofFloats(map.name(), map.shape(), new float[Math.toIntExact(map.elements())])));
        ModelBundle otherEncoder = bundle.with(List.of(
                TensorValue.ofFloats(encoder.name(), encoder.shape(), new float[Math.toIntExact(encoder.elements())])));

        assertThat(otherMap.limberInputsDigest())
                .isEqualTo(bundle.limberInputsDigest())
                .hasSize(64);
        assertThat(otherEncoder.limberInputsDigest()).isNotEqualTo(bundle.limberInputsDigest());
    }

    @Test
    void shouldTrainBothEncodersAndTheLinearMapButNotTheLanguageModelInJointMode() throws Exception {
        Map<String, TensorValue> before = bundle.byName();
        try (Trainee trainee = load(bundle, List.of(), JOINT)) {
            train(trainee, batches(3), 0);

            List<String> changed = changed(before, byName(trainee.servingTensors(TensorType.F32)));
            assertThat(changed)
                    .contains(
                            "clip.visual.conv1.weight",
                            "clip.visual.bn1.running_mean",
                            "clip.visual.layer4.0.bn3.weight",
                            "clip.token_embedding.weight",
                            "clip.logit_scale",
                            "limber.proj.weight")
                    .noneMatch(name -> name.startsWith(ParameterCatalog.LANGUAGE_MODEL))
                    .doesNotContain(ParameterCatalog.TOKENIZER);
        }
    }

    /** What the captions do not reach has no gradient, and without weight decay it stays. */
    @Test
    void shouldTuneTheImageEncoderByCaptions() throws Exception {
        Map<String, TensorValue> before = bundle.byName();
        try (Trainee trainee = load(bundle, List.of(), TrainingOptions.limber(TrainingMode.TUNED))) {
            List<StepResult> results = train(trainee, batches(3), 0);

            assertThat(results).allMatch(StepResult::applied);
            assertThat(changed(before, byName(trainee.servingTensors(TensorType.F32))))
                    .contains("clip.visual.conv1.weight", "clip.visual.layer4.0.conv2.weight", "limber.proj.weight")
                    .allMatch(name ->
                            name.startsWith(ParameterCatalog.IMAGE_ENCODER) || name.startsWith(ParameterCatalog.LIMBER))
                    .noneMatch(name -> name.contains("running_") || name.contains("c_proj"));
        }
    }

    @Test
    void shouldGoOnTuningFromItsState() throws Exception {
        TrainingOptions options = TrainingOptions.limber(TrainingMode.TUNED);
        List<PairBatch> batches = batches(4);
        Map<String, TensorValue> straight;
        try (Trainee trainee = load(bundle, List.of(), options)) {
            train(trainee, batches, 0);
            straight = byName(trainee.trainingState());
        }
        List<TensorValue> serving;
        List<TensorValue> state;
        try (Trainee trainee = load(bundle, List.of(), options)) {
            train(trainee, batches.subList(0, 2), 0);
            serving = trainee.servingTensors(TensorType.F16);
            state = trainee.trainingState();
        }

        try (Trainee resumed = load(new ModelBundle(bundle.architecture(), serving), state, options)) {
            train(resumed, batches.subList(2, 4), 2);

            assertThat(byName(resumed.trainingState())).isEqualTo(straight);
        }
    }

    @Test
    void shouldLeaveTheLinearMapAloneInContrastiveMode() throws Exception {
        Map<String, TensorValue> before = bundle.byName();
        try (Trainee trainee = load(bundle, List.of(), TrainingOptions.streaming(TrainingMode.CONTRASTIVE))) {
            StepResult result = trainee.step(batches(1).get(0), 0);

            assertThat(result.captionLoss()).isEmpty();
            assertThat(changed(before, byName(trainee.servingTensors(TensorType.F32))))
                    .isNotEmpty()
                    .allMatch(name -> name.startsWith(ParameterCatalog.CLIP));
        }
    }

    @Test
    void shouldSendMatricesInTheWireTypeAndTheRestAsItIs() throws Exception {
        try (Trainee trainee = load(bundle, List.of(), JOINT)) {
            train(trainee, batches(1), 0);

            Map<String, TensorValue> wire = byName(trainee.servingTensors(TensorType.F16));

            assertThat(type(wire, "clip.visual.conv1.weight")).isEqualTo(TensorType.F16);
            assertThat(type(wire, "clip.visual.bn1.running_var")).isEqualTo(TensorType.F32);
            assertThat(type(wire, "clip.logit_scale")).isEqualTo(TensorType.F32);
            assertThat(wire.get("language_model.transformer.wte.weight"))
                    .isEqualTo(bundle.byName().get("language_model.transformer.wte.weight"));
            assertThat(new ModelBundle(bundle.architecture(), List.copyOf(wire.values())).tokenizer())
                    .isEqualTo(bundle.tokenizer());
        }
    }

    @Test
    void shouldHandOnTheStateOfPartsThatItDoesNotTrain() throws Exception {
        List<TensorValue> serving;
        List<TensorValue> state;
        try (Trainee joint = load(bundle, List.of(), JOINT)) {
            train(joint, batches(2), 0);
            serving = joint.servingTensors(TensorType.F16);
            state = joint.trainingState();
        }
        ModelBundle served = new ModelBundle(bundle.architecture(), serving);

        try (Trainee limber = load(served, state, TrainingOptions.streaming(TrainingMode.LIMBER))) {
            train(limber, batches(2), 2);

            assertThat(changed(byName(state), byName(limber.trainingState())))
                    .allMatch(name -> name.contains("limber.") || name.equals("adam.updates.projection"));
        }
    }

    @Test
    void shouldKeepTheNumberOfNativeArraysOverSteps() throws Exception {
        PairBatch batch = batches(1).get(0);
        try (Trainee trainee = load(bundle, List.of(), JOINT)) {
            train(trainee, batches(2), 0);
            trainee.score(batch, ModelFixtures.labels(), List.of("{}", "a photo of a {}"));
            long before = trainee.nativeArrays();

            train(trainee, batches(20), 2);
            trainee.score(batch, ModelFixtures.labels(), List.of("{}", "a photo of a {}"));
            trainee.servingTensors(TensorType.F16);
            trainee.trainingState();

            assertThat(trainee.nativeArrays()).isEqualTo(before);
        }
    }

    @Test
    void shouldNotChangeAnythingByScoring() throws Exception {
        try (Trainee trainee = load(bundle, List.of(), JOINT)) {
            train(trainee, batches(1), 0);
            Map<String, TensorValue> before = byName(trainee.trainingState());

            HeldoutScore first = trainee.score(batches(1).get(0), ModelFixtures.labels(), List.of("{}"));
            HeldoutScore second = trainee.score(batches(1).get(0), ModelFixtures.labels(), List.of("{}"));

            assertThat(second).isEqualTo(first);
            assertThat(byName(trainee.trainingState())).isEqualTo(before);
            assertThat(first.pairs()).isEqualTo(PAIRS);
            assertThat(first.zeroShotPairs()).isEqualTo(PAIRS);
            assertThat(first.captionLoss()).isCloseTo(Math.log(128), within(2.0));
        }
    }

    @Test
    void shouldScoreWithoutLabels() throws Exception {
        try (Trainee trainee = load(bundle, List.of(), JOINT)) {
            HeldoutScore score = trainee.score(batches(1).get(0), null, List.of());

            assertThat(score.zeroShotTop1()).isEmpty();
            assertThat(score.zeroShotPairs()).isZero();
        }
    }

    @Test
    void shouldSkipAStepThatHasNothingToLearnFrom() throws Exception {
        PairBatch pairs = batches(1).get(0);
        PairBatch withoutCaptions = new PairBatch(pairs.images(), pairs.texts(), List.of());
        try (Trainee trainee = load(bundle, List.of(), TrainingOptions.streaming(TrainingMode.LIMBER))) {
            StepResult result = trainee.step(withoutCaptions, 0);

            assertThat(result.applied()).isFalse();
            assertThat(result.captionLoss()).isEmpty();
            assertThat(changed(bundle.byName(), byName(trainee.servingTensors(TensorType.F32))))
                    .isEmpty();
        }
    }

    @Test
    void shouldNotScaleLogitsByMoreThanAHundred() throws Exception {
        TensorValue steep =
                TensorValue.ofFloats(ParameterCatalog.LOGIT_SCALE, new long[] {}, new float[] {(float) Math.log(500)});
        try (Trainee trainee =
                load(bundle.with(List.of(steep)), List.of(), TrainingOptions.streaming(TrainingMode.CONTRASTIVE))) {
            trainee.step(batches(1).get(0), 0);

            TensorValue live =
                    Objects.requireNonNull(byName(trainee.trainingState()).get(ParameterCatalog.LOGIT_SCALE));
            assertThat((double) live.toFloats()[0]).isCloseTo(Math.log(100), within(1e-5));
        }
    }

    @Test
    void shouldThrowAwayAGradientThatIsNotFinite() throws Exception {
        TensorValue weight = Objects.requireNonNull(bundle.byName().get("clip.text_projection"));
        float[] values = weight.toFloats();
        values[0] = Float.NaN;
        TensorValue broken = TensorValue.ofFloats(weight.name(), weight.shape(), values);
        TrainingOptions options = TrainingOptions.streaming(TrainingMode.CONTRASTIVE);
        try (Trainee trainee = load(bundle.with(List.of(broken)), List.of(), options)) {
            StepResult result = trainee.step(batches(1).get(0), 0);

            assertThat(result.applied()).isFalse();
            assertThat(byName(trainee.trainingState()).get("clip.visual.conv1.weight"))
                    .isEqualTo(bundle.byName().get("clip.visual.conv1.weight"));
        }
    }

    @Test
    void shouldFreeEverythingWhenLoadingFails() {
        long before = NativeArrays.inTheEngine();
        TensorValue noTokenizer = TensorValue.ofBytes(ParameterCatalog.TOKENIZER, new byte[] {1, 2, 3});
        TensorValue wrongState = TensorValue.ofBytes("adam.m.limber.proj.weight", new byte[] {1});

        assertThatThrownBy(() -> load(bundle.with(List.of(noTokenizer)), List.of(), JOINT))
                .isInstanceOf(WeightsFormatException.class);
        assertThatThrownBy(() -> load(bundle, List.of(wrongState), JOINT)).isInstanceOf(IllegalArgumentException.class);

        assertThat(NativeArrays.inTheEngine()).isEqualTo(before);
    }

    private static Trainee load(ModelBundle bundle, List<TensorValue> state, TrainingOptions options)
            throws WeightsFormatException {
        return Trainee.load(bundle, state, options, ModelDevice.cpu());
    }

    private static List<StepResult> train(Trainee trainee, List<PairBatch> batches, long firstStep) {
        List<StepResult> results = new ArrayList<>();
        for (int i = 0; i < batches.size(); i++) {
            results.add(trainee.step(batches.get(i), firstStep + i));
        }
        return results;
    }

    private static List<PairBatch> batches(int count) {
        SplittableRandom random = new SplittableRandom(9);
        List<PairBatch> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batches.add(ModelFixtures.shapes(PAIRS, random));
        }
        return batches;
    }

    private static Map<String, TensorValue> byName(List<TensorValue> tensors) {
        return tensors.stream().collect(Collectors.toMap(TensorValue::name, tensor -> tensor));
    }

    private static TensorType type(Map<String, TensorValue> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name)).type();
    }

    private static List<String> changed(Map<String, TensorValue> before, Map<String, TensorValue> after) {
        return after.entrySet().stream()
                .filter(tensor -> !tensor.getValue().equals(before.get(tensor.getKey())))
                .map(Map.Entry::getKey)
                .toList();
    }
}
