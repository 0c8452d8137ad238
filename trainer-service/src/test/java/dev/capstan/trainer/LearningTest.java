package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.corpora.CaptionedShapes;
import dev.capstan.corpora.PhasePlan;
import dev.capstan.corpora.Pictures;
import dev.capstan.corpora.SampleFeed;
import dev.capstan.corpora.SampleItem;
import dev.capstan.corpora.SampleRecipe;
import dev.capstan.model.ClipTextEncoder;
import dev.capstan.model.Gpt2LanguageModel;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.text.TokenizerStyle;
import dev.capstan.model.text.TokenizerTrainer;
import dev.capstan.model.text.TrainedTokenizer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.testing.KafkaExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The trainer with a real model on generated pictures, from random weights to a stated accuracy. */
class LearningTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final String LABEL_SET = "shapes";
    /** Over all 36 names, where chance is 3 in a hundred. */
    private static final double STATED_ACCURACY = 0.6;

    private static final int PICTURES = 2000;
    private static final int ROUNDS = 10;

    @TempDir
    Path directory;

    private final Pictures shapes = CaptionedShapes.small();

    @Test
    void shouldLearnToNameShapes() throws Exception {
        KAFKA.createTopics();
        base().writeDirectory(directory);
        try (TrainerContext context = new TrainerContext(KAFKA)) {
            context.with("trainer.base-directory", directory.toString())
                    .with("trainer.batch-size", "64")
                    .with("trainer.prefetch-pairs", "256")
                    .with("trainer.checkpoint-interval", "10s")
                    .with("trainer.average-decay", "0.95")
                    .with("trainer.learning-rate", "0.002")
                    .with("trainer.caption-share", "0.25")
                    .with("trainer.heldout-pairs", "128")
                    .with("trainer.heldout-time-share", "0.2")
                    .with("trainer.label-set", LABEL_SET);
            context.write(new LabelSet(LABEL_SET, shapes.labels(), List.of("{}")));
            context.write(Topics.PAIRS_HELDOUT, heldout());
            List<SampleItem> items = items(1, PICTURES);

            TrainerService trainer = context.startAndAwaitReady(new TraineeModels(context.config()));
            for (int round = 0; round < ROUNDS; round++) {
                int number = round;
                context.write(
                        Topics.PAIRS_CURATED,
                        items.stream()
                                .map(item -> pair(item, item.text(), number))
                                .toList());
            }
            await("zero-shot accuracy")
                    .atMost(Duration.ofMinutes(5))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> {
                        List<CheckpointLineage> lineage = context.lineage();
                        if (lineage.isEmpty()) {
                            return false;
                        }
                        CheckpointLineage last = lineage.get(lineage.size() - 1);
                        Double top1 = last.getEvaluation().getZeroShotTop1();
                        return top1 != null && top1 >= STATED_ACCURACY;
                    });
            trainer.close();
            assertThat(context.violations()).isEmpty();
        }
    }

    private ModelBundle base() {
        TokenizerTrainer trainer = new TokenizerTrainer(TokenizerStyle.WORDS);
        items(3, 200).forEach(item -> trainer.add(item.text(), 10));
        TrainedTokenizer tokenizer = trainer.train(200);
        int vocabulary = tokenizer.vocabularySize();
        ModelArchitecture architecture = new ModelArchitecture(
                64,
                ModelArchitecture.ImageEncoder.of(32, List.of(1, 1, 1, 1), 8),
                new ClipTextEncoder(16, vocabulary, 64, 2, 1),
                new Gpt2LanguageModel(32, vocabulary, 32, 2, 1, ModelArchitecture.Activation.GELU_TANH),
                new ModelArchitecture.Limber(
                        ModelArchitecture.ImageFeature.ATTENTION_POOL,
                        2,
                        true,
                        0.1f,
                        true,
                        ModelArchitecture.Limber.PAPER_PROMPT,
                        "a picture of "),
                tokenizer.special());
        return ModelBundle.random(architecture, tokenizer.json(), new SplittableRandom(5));
    }

    private List<CuratedPair> heldout() {
        return items(2, 128).stream().map(item -> pair(item, item.label(), 0)).toList();
    }

    private List<SampleItem> items(long seed, int count) {
        SampleFeed feed = new SampleFeed(
                shapes, SampleRecipe.shapes(), new SampleFeed.Options(seed, PhasePlan.always(1.0 / 6), 0));
        List<SampleItem> items = new ArrayList<>(count);
        while (items.size() < count) {
            items.add(feed.next());
        }
        return items;
    }

    private static CuratedPair pair(SampleItem item, String text, int round) {
        Instant now = Instant.now();
        return new CuratedPair(
                item.index() + "-" + round,
                item.sourceUrl(),
                text,
                item.image(),
                item.contentType().substring("image/".length()),
                96,
                96,
                "digest-" + item.index(),
                0L,
                List.of(),
                null,
                "policy-1",
                item.source(),
                now,
                now,
                List.of());
    }
}
