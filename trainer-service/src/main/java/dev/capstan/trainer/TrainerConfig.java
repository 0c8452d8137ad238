package dev.capstan.trainer;

import dev.capstan.checkpoints.WriterOptions;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.training.CaptionRule;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.records.TrainingMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How one trainer trains one model. Valid by construction through {@link #from}.
 *
 * @param model name of the model
 * @param consumerGroup group of the model's trainer; its offsets are for lag tools. One group a model
 * @param baseDirectory weights to start from where the log has no checkpoint of the model
 * @param learning what a step does
 * @param input how pairs reach the model
 * @param replay what is drawn again
 * @param checkpoint when and how weights are published
 * @param heldout how checkpoints are scored and judged
 */
record TrainerConfig(
        KafkaSettings kafka,
        String model,
        String consumerGroup,
        Optional<Path> baseDirectory,
        Learning learning,
        Input input,
        Replay replay,
        Checkpoint checkpoint,
        Heldout heldout) {

    /**
     * What a step does.
     *
     * @param mode LIMBER trains the projection alone, JOINT also the encoders, TUNED the projection and the image encoder by captions;
     *     IMPORTED is refused
     * @param device cpu, gpu, gpu:N or auto
     * @param learningRate of the encoders; for TUNED the paper has 2e-6
     * @param projectionLearningRate of the projection
     * @param warmupSteps steps after the import over which both rates rise
     * @param weightDecay of the encoders' matrices
     * @param gradientClip greatest norm of the gradient
     * @param captionShare part of a batch whose captions the projection learns from
     * @param captionRule which part of a pair's text is a caption; pairs without one teach only the encoders ({@code caption-pattern})
     * @param averageDecay decay a step of the moving average of the weights that is served; 0 serves the weights themselves
     * @param augmentation how far a training picture may stray from the original, 0 to 1
     * @param refusedUpdates refused updates in a row after which the last checkpoint is loaded again
     * @param fruitlessLoads loads in a row without a new checkpoint after which the trainer gives up
     */
    record Learning(
            TrainingMode mode,
            String device,
            double learningRate,
            double projectionLearningRate,
            int warmupSteps,
            double weightDecay,
            double gradientClip,
            double captionShare,
            CaptionRule captionRule,
            double averageDecay,
            double augmentation,
            int refusedUpdates,
            int fruitlessLoads) {}

    /**
     * How pairs reach the model.
     *
     * @param batchSize pairs of a step, replayed ones included
     * @param batchWait how long the oldest pair may wait for a full batch
     * @param minimumBatch a batch that is late and smaller than this is filled with pairs that are drawn again
     * @param prefetchPairs pairs prepared ahead
     * @param prefetchBytes bytes of records held ahead
     * @param decodeThreads threads that prepare
     */
    record Input(
            int batchSize,
            Duration batchWait,
            int minimumBatch,
            int prefetchPairs,
            long prefetchBytes,
            int decodeThreads) {}

    /**
     * What is drawn again.
     *
     * @param fraction part of a batch; 0 for none
     * @param pairs trained pairs kept in memory to draw from
     * @param bytes most bytes that they may take
     * @param runPairs longest run that is kept and drawn together: short runs mix better, long ones take less lineage ({@code replay-run})
     */
    record Replay(double fraction, int pairs, long bytes, int runPairs) {}

    /**
     * When and how weights are published.
     *
     * @param interval longest time between checkpoints while pairs are trained
     * @param pairs pairs after which a checkpoint is due even before; 0 for no such limit
     * @param wireType type in which weights travel to inference: F16 or F32, no other
     * @param transactionTimeout longest time that writing one may take; raise it where a large model goes over a slow link, and the brokers'
     *     transaction.max.timeout.ms with it
     */
    record Checkpoint(Duration interval, long pairs, TensorType wireType, Duration transactionTimeout) {}

    /**
     * How checkpoints are scored and judged.
     *
     * @param pairs held-out pairs that a checkpoint is scored on
     * @param timeShare part of the time that scoring may take
     * @param labelSet name of the label set for zero-shot classification
     * @param recallFraction part of the live version's recall that a checkpoint needs to go live ({@code promotion-recall-fraction})
     */
    record Heldout(int pairs, double timeShare, Optional<String> labelSet, double recallFraction) {}

    private static final int MEBIBYTE = 1024 * 1024;
    private static final Duration SHORTEST_TRANSACTION = Duration.ofSeconds(10);
    private static final Duration LONGEST_TRANSACTION = Duration.ofHours(1);

    /** Names the writer of the model's checkpoints: whoever starts with it fences whoever ran before. */
    String transactionalId() {
        return "capstan-trainer-" + model;
    }

    /** Pairs of a step that are trained for the first time. */
    int freshPairs() {
        return input.batchSize() - replayedPairs();
    }

    /** Pairs of a step that are drawn again. */
    int replayedPairs() {
        return (int) Math.round(input.batchSize() * replay.fraction());
    }

    /**
     * @throws dev.capstan.platform.InvalidConfigurationException naming every key that is wrong
     */
    static TrainerConfig from(ConfigurationSource source) {
        KafkaSettings kafka = KafkaSettings.from(source);
        String model = source.text("trainer.model", "capstan-demo");
        String consumerGroup = source.text("trainer.consumer-group", "capstan-trainer");
        Optional<Path> baseDirectory = source.optional("trainer.base-directory").map(Path::of);
        Learning learning = learning(source);
        Input input = input(source);
        Replay replay = new Replay(
                source.decimal("trainer.replay-fraction", 0, 0, 0.9),
                source.integer("trainer.replay-pairs", 4096, 8, 1_000_000),
                source.number("trainer.replay-bytes", 64L * MEBIBYTE, MEBIBYTE, Integer.MAX_VALUE),
                source.integer("trainer.replay-run", 8, 1, 1024));
        Checkpoint checkpoint = new Checkpoint(
                source.duration("trainer.checkpoint-interval", Duration.ofSeconds(12)),
                source.number("trainer.checkpoint-pairs", 0, 0, Long.MAX_VALUE),
                source.choice("trainer.wire-type", TensorType.class, TensorType.F16),
                source.duration(
                        "trainer.transaction-timeout", WriterOptions.defaults().transactionTimeout()));
        Heldout heldout = new Heldout(
                source.integer("trainer.heldout-pairs", 256, 2, 65_536),
                source.decimal("trainer.heldout-time-share", 0.05, 0, 1),
                source.optional("trainer.label-set"),
                source.decimal("trainer.promotion-recall-fraction", 0.7, 0, 1));
        if (!model.matches("[A-Za-z0-9._-]{1,100}")) {
            source.refuse("trainer.model", "is \"" + model + "\": use letters, digits, dot, dash and underscore");
        }
        if (!learning.device().matches("cpu|auto|gpu(:\\d{1,4})?")) {
            source.refuse("trainer.device", "is \"" + learning.device() + "\": give cpu, gpu, gpu:N or auto");
        }
        if (learning.mode() == TrainingMode.IMPORTED) {
            source.refuse("trainer.mode", "is imported: give limber, joint or tuned");
        }
        if (checkpoint.wireType() != TensorType.F16 && checkpoint.wireType() != TensorType.F32) {
            source.refuse("trainer.wire-type", "is " + checkpoint.wireType() + ": give F16 or F32");
        }
        if (checkpoint.transactionTimeout().compareTo(SHORTEST_TRANSACTION) < 0
                || checkpoint.transactionTimeout().compareTo(LONGEST_TRANSACTION) > 0) {
            source.refuse(
                    "trainer.transaction-timeout",
                    "is " + checkpoint.transactionTimeout() + ": give a duration from 10s to 1h");
        }
        if (checkpoint.interval().isZero()) {
            source.refuse("trainer.checkpoint-interval", "is zero: give 1s or more");
        }
        if (input.prefetchPairs() < input.batchSize()) {
            source.refuse(
                    "trainer.prefetch-pairs",
                    "is " + input.prefetchPairs() + ", less than trainer.batch-size " + input.batchSize());
        }
        return source.finish(() -> new TrainerConfig(
                kafka, model, consumerGroup, baseDirectory, learning, input, replay, checkpoint, heldout));
    }

    private static Learning learning(ConfigurationSource source) {
        return new Learning(
                source.choice("trainer.mode", TrainingMode.class, TrainingMode.JOINT),
                source.text("trainer.device", "cpu"),
                source.decimal("trainer.learning-rate", 1.5e-3, 1e-9, 1),
                source.decimal("trainer.projection-learning-rate", 2e-3, 1e-9, 1),
                source.integer("trainer.warmup-steps", 50, 0, 1_000_000),
                source.decimal("trainer.weight-decay", 0.1, 0, 10),
                source.decimal("trainer.gradient-clip", 1, 1e-3, 1e6),
                source.decimal("trainer.caption-share", 0.5, 1e-3, 1),
                captionRule(source),
                source.decimal("trainer.average-decay", 0.98, 0, 0.99999),
                source.decimal("trainer.augmentation", 0.3, 0, 1),
                source.integer("trainer.refused-updates", 3, 1, 1_000_000),
                source.integer("trainer.fruitless-loads", 5, 0, 1_000_000));
    }

    private static CaptionRule captionRule(ConfigurationSource source) {
        Optional<String> pattern = source.optional("trainer.caption-pattern");
        if (pattern.isEmpty()) {
            return CaptionRule.everyText();
        }
        try {
            return CaptionRule.parse(pattern.get());
        } catch (IllegalArgumentException e) {
            source.refuse("trainer.caption-pattern", String.valueOf(e.getMessage()));
            return CaptionRule.everyText();
        }
    }

    private static Input input(ConfigurationSource source) {
        int batchSize = source.integer("trainer.batch-size", 128, 1, 65_536);
        return new Input(
                batchSize,
                source.duration("trainer.batch-wait", Duration.ofSeconds(3)),
                source.integer("trainer.minimum-batch", Math.min(32, batchSize), 1, 65_536),
                source.integer("trainer.prefetch-pairs", Math.max(512, 4 * batchSize), 1, 1_000_000),
                source.number("trainer.prefetch-bytes", 48L * MEBIBYTE, MEBIBYTE, Integer.MAX_VALUE),
                source.integer("trainer.decode-threads", 1, 1, 256));
    }
}
