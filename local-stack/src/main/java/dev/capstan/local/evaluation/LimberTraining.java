package dev.capstan.local.evaluation;

import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.images.Augmentation;
import dev.capstan.model.images.ImagePreprocessor;
import dev.capstan.model.images.PixelImage;
import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.SafetensorsFile;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import dev.capstan.model.training.PairBatch;
import dev.capstan.model.training.StepResult;
import dev.capstan.model.training.Trainee;
import dev.capstan.model.training.TrainingMode;
import dev.capstan.model.training.TrainingOptions;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.DecodeResult;
import dev.capstan.platform.images.ImageLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * LiMBeR on captioned pictures that lie on a disk: the linear map learns, and the image encoder with it where it is tuned
 * (arXiv 2209.15162, section 3). The data are read again and again in their order, one batch in memory; model and state are
 * written after every epoch and at the end, and a run that was ended goes on from there, as if it had not been. What a frozen
 * encoder makes of a picture may be kept on the disk. One thread, once.
 */
public final class LimberTraining {
    /** Not named as weights, for it lies among them. */
    private static final String STATE = "training.state";

    private static final String STEP = "step";
    private static final String EXAMPLES = "examples";
    private static final long MOST_PIXELS = 100_000_000;

    /** Updates in a row that are refused before the run gives up: the weights stay as they are, and so would the next gradient. */
    private static final int MOST_REFUSED = 20;

    private final Options options;
    private final Consumer<String> problems;
    private final BiConsumer<Long, Double> progress;
    private final BoundedImageDecoder decoder =
            new BoundedImageDecoder((int) Pictures.MOST_BYTES, MOST_PIXELS, ImageLimits.allFormats());
    private final List<Waiting> waiting = new ArrayList<>();
    private long step;
    /** Read in all, those of earlier runs and those that were passed over included. */
    private long examples;

    private double lossSum;
    private int lossCount;
    private int refusedInRow;

    /**
     * @param data pictures with texts
     * @param images directory of the pictures, where the data only names them
     * @param output where the model goes, and the state to go on from
     * @param batch pairs of a step
     * @param steps after which the run ends, those of earlier runs included
     * @param epochSteps steps after which model and state are written, besides at the end
     * @param reportEvery steps between two words on the loss
     * @param kept where features of pictures are kept between epochs and runs; needs an encoder that is not tuned
     * @param training what learns, and how
     */
    public record Options(
            Path data,
            ExampleFormat format,
            Optional<Path> images,
            Path output,
            int batch,
            long steps,
            long epochSteps,
            int reportEvery,
            Optional<Kept> kept,
            TrainingOptions training,
            ModelDevice device) {
        public Options {
            if (batch < 1 || steps < 1 || epochSteps < 1 || reportEvery < 1) {
                throw new IllegalArgumentException("batch, steps, epochSteps and reportEvery must be positive: " + batch
                        + ", " + steps + ", " + epochSteps + ", " + reportEvery);
            }
            if (kept.isPresent() && training.mode() != TrainingMode.LIMBER) {
                throw new IllegalArgumentException(
                        "features are kept of an encoder that stays as it is, and this one is tuned");
            }
        }
    }

    /**
     * Features of pictures on the disk.
     *
     * @param directory of one file an encoder
     * @param mostBytes bound of a file; past it features are computed again each time
     */
    public record Kept(Path directory, long mostBytes) {}

    /**
     * A pair that waits for its batch.
     *
     * @param picture absent where its features were kept
     * @param key of the picture among what is kept
     * @param features what the linear map reads; absent where they have yet to be computed
     */
    private record Waiting(
            String caption, Optional<PixelImage> picture, FeatureCache.Key key, Optional<float[]> features) {}

    /**
     * @param problems told, in a sentence, of everything that is passed over
     * @param progress told the step and the mean loss a caption token since it was last told
     */
    public LimberTraining(Options options, Consumer<String> problems, BiConsumer<Long, Double> progress) {
        this.options = options;
        this.problems = problems;
        this.progress = progress;
    }

    /**
     * Trains, and writes the model and the state at the end.
     *
     * @param bundle to begin with, or, to go on, what an earlier run wrote
     * @param goesOn whether the state of an earlier run is in the output
     * @return pictures read in all
     * @throws IOException if the data or the state cannot be read, the data have no picture with a text, or nothing can be learnt because
     *     the gradients are not finite
     */
    public long run(ModelBundle bundle, boolean goesOn) throws IOException {
        if (options.kept().isEmpty()) {
            return run(bundle, goesOn, null);
        }
        ModelArchitecture architecture = bundle.architecture();
        int vectors = architecture.softPromptLength() / architecture.limber().softTokens();
        try (FeatureCache cache = FeatureCache.open(
                options.kept().get().directory(),
                bundle.limberInputsDigest(),
                vectors * architecture.limberInputs(),
                options.kept().get().mostBytes())) {
            return run(bundle, goesOn, cache);
        }
    }

    private long run(ModelBundle bundle, boolean goesOn, @Nullable FeatureCache cache) throws IOException {
        try (Trainee trainee =
                Trainee.load(bundle, goesOn ? state() : List.of(), options.training(), options.device())) {
            ImagePreprocessor preprocessor =
                    new ImagePreprocessor(bundle.architecture().image().size(), Augmentation.none());
            Step learner = new Step(trainee, preprocessor, cache);
            // What an earlier run read is read over; a pass over data that give nothing is the last.
            long skipped = examples;
            examples = 0;
            while (step < options.steps()) {
                long before = examples;
                long pairs = pairs();
                readOnce(example -> learner.take(example, skipped));
                boolean wholePass = before >= skipped;
                if (examples == before || (wholePass && pairs() == pairs)) {
                    throw new IOException(options.data() + " has no picture with a text to learn from");
                }
            }
            write(trainee);
            return examples;
        }
    }

    private void readOnce(Predicate<Example> taker) throws IOException {
        try {
            options.format().open(options.data(), options.images()).read(taker, problems);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Pairs in all that were learnt from, or wait for their batch. */
    private long pairs() {
        return step * options.batch() + waiting.size();
    }

    /** What learns, and what is kept of pictures. */
    private final class Step {
        private final Trainee trainee;
        private final ImagePreprocessor preprocessor;
        private final @Nullable FeatureCache cache;

        Step(Trainee trainee, ImagePreprocessor preprocessor, @Nullable FeatureCache cache) {
            this.trainee = trainee;
            this.preprocessor = preprocessor;
            this.cache = cache;
        }

        boolean take(Example example, long skipped) {
            examples++;
            if (examples <= skipped || example.texts().isEmpty()) {
                return true;
            }
            // One of its captions, another each time that the picture comes by.
            int choice = new SplittableRandom(examples).nextInt(example.texts().size());
            try {
                await(example, example.texts().get(choice));
                if (waiting.size() == options.batch()) {
                    learn();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return step < options.steps();
        }

        private void await(Example example, String caption) throws IOException {
            FeatureCache.Key key = FeatureCache.Key.of(example.image());
            Optional<float[]> features = cache == null ? Optional.empty() : cache.get(key);
            if (features.isPresent()) {
                waiting.add(new Waiting(caption, Optional.empty(), key, features));
                return;
            }
            DecodeResult result = decoder.decode(ByteBuffer.wrap(example.image()));
            result.refused().ifPresent(refused -> problems.accept(example.name() + ": " + refused.detail()));
            result.decoded()
                    .ifPresent(decoded -> waiting.add(new Waiting(
                            caption, Optional.of(preprocessor.forEvaluation(decoded.image())), key, Optional.empty())));
        }

        private void learn() throws IOException {
            List<String> captions = waiting.stream().map(Waiting::caption).toList();
            StepResult result = cache == null
                    ? trainee.step(PairBatch.of(pictures(), captions), step)
                    : trainee.step(features(cache), captions, step);
            waiting.clear();
            step++;
            watch(result);
            result.captionLoss().ifPresent(loss -> {
                lossSum += loss;
                lossCount++;
            });
            if (lossCount > 0 && (step % options.reportEvery() == 0 || step == options.steps())) {
                progress.accept(step, lossSum / lossCount);
                lossSum = 0;
                lossCount = 0;
            }
            if (step % options.epochSteps() == 0 && step < options.steps()) {
                write(trainee);
            }
        }

        /** An update whose gradient is not finite changes nothing: a run of them would end as a model that has learnt nothing. */
        private void watch(StepResult result) throws IOException {
            if (result.applied()) {
                refusedInRow = 0;
                return;
            }
            refusedInRow++;
            problems.accept("the update of step " + step + ": its gradient is not finite");
            if (refusedInRow >= MOST_REFUSED) {
                throw new IOException(
                        MOST_REFUSED + " updates in a row were refused, the last at step " + step
                                + ": their gradients are not finite, and the weights learn nothing. Lower --learning-rate, or look at what the "
                                + "encoder gives: features that are all zero make a prompt of zeros, from which no gradient comes back");
            }
        }

        private List<PixelImage> pictures() {
            return waiting.stream().flatMap(one -> one.picture().stream()).toList();
        }

        /** Of the pairs that wait: those that were kept, and those that are computed now, and kept. */
        private List<float[]> features(FeatureCache cache) throws IOException {
            List<PixelImage> pictures = pictures();
            float[][] computed = pictures.isEmpty() ? new float[0][] : trainee.limberInputs(pictures);
            int next = 0;
            List<float[]> features = new ArrayList<>(waiting.size());
            for (Waiting one : waiting) {
                if (one.features().isPresent()) {
                    features.add(one.features().get());
                } else {
                    cache.put(one.key(), computed[next]);
                    features.add(computed[next]);
                    next++;
                }
            }
            return features;
        }
    }

    private List<TensorValue> state() throws IOException {
        Path file = options.output().resolve(STATE);
        if (!Files.exists(file)) {
            throw new IOException(options.output() + " has no " + STATE + " to go on from");
        }
        SafetensorsFile state = Safetensors.read(file);
        try {
            step = Long.parseLong(state.metadata().getOrDefault(STEP, ""));
            examples = Long.parseLong(state.metadata().getOrDefault(EXAMPLES, ""));
        } catch (NumberFormatException e) {
            throw new WeightsFormatException(file + " does not say how far the run came", e);
        }
        return state.tensors();
    }

    private void write(Trainee trainee) throws IOException {
        new ModelBundle(trainee.architecture(), trainee.servingTensors(TensorType.F32))
                .writeDirectory(options.output());
        Safetensors.write(
                options.output().resolve(STATE),
                trainee.trainingState(),
                Map.of(STEP, Long.toString(step), EXAMPLES, Long.toString(examples)));
    }
}
