package dev.capstan.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.corpora.EvaluationPictures.EvaluationPicture;
import dev.capstan.corpora.Novelty;
import dev.capstan.corpora.SampleFeed;
import dev.capstan.corpora.SampleItem;
import dev.capstan.schemas.records.LabelSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCorpusTest {
    @TempDir
    private Path directory;

    @Test
    void shouldFallBackToShapesAndSayWhyWhereThePackagesCannotBeHad() throws IOException {
        // A file where the packages should be kept.
        Path cache = Files.createFile(directory.resolve("cache"));

        DemoCorpus corpus = DemoCorpus.load(options(false, cache), line -> {});

        assertThat(corpus.name()).isNotEqualTo("emoji");
        assertThat(corpus.fallback().orElseThrow()).contains(cache.toString(), "run again");
        assertThat(corpus.newConcepts()).isEqualTo("new-shapes");
    }

    @Test
    void shouldNotCallShapesAFallbackWhereTheyWereAskedFor() {
        DemoCorpus corpus = shapes();

        assertThat(corpus.fallback()).isEmpty();
        assertThat(corpus.examples()).isNotEmpty().hasSizeLessThanOrEqualTo(6).doesNotHaveDuplicates();
    }

    @Test
    void shouldNameTheNewConceptsAndAllConceptsInLabelSets() {
        DemoCorpus corpus = shapes();

        List<LabelSet> sets = corpus.labelSets();

        assertThat(sets).extracting(LabelSet::getName).containsExactly("new-shapes", "all");
        assertThat(sets.get(1).getLabels()).containsAll(sets.get(0).getLabels());
        assertThat(sets.get(1).getLabels().size())
                .isGreaterThan(sets.get(0).getLabels().size());
        assertThat(sets.get(0).getLabels()).containsAll(corpus.examples());
    }

    @Test
    void shouldStreamNewConceptsOnlyAfterTheFirstPhase() {
        DemoCorpus corpus = shapes();
        Set<String> newLabels = new HashSet<>(corpus.labelSets().get(0).getLabels());
        SampleFeed feed = corpus.feed(1, 0.7, 0);
        long before = newcomers(feed, newLabels);

        feed.endPhase();

        assertThat(before).isZero();
        assertThat(newcomers(feed, newLabels)).isBetween(120L, 160L);
    }

    @Test
    void shouldAskAboutPicturesThatAreNeverStreamed() {
        DemoCorpus corpus = shapes();

        List<EvaluationPicture> unseen = corpus.unseen(Novelty.NEW);

        assertThat(unseen)
                .extracting(EvaluationPicture::label)
                .isSubsetOf(corpus.labelSets().get(0).getLabels())
                .isNotEmpty();
        assertThat(unseen)
                .extracting(EvaluationPicture::vendor)
                .containsOnly(corpus.samples().recipe().heldOutVendor());
    }

    @Test
    void shouldTellTheTrainerWhatToScore() {
        assertThat(shapes().trainerEnvironment())
                .containsEntry("CAPSTAN_TRAINER_LABEL_SET", "all")
                .containsEntry("CAPSTAN_TRAINER_AUGMENTATION", "0")
                .containsKey("CAPSTAN_TRAINER_CAPTION_PATTERN");
    }

    private DemoCorpus shapes() {
        return DemoCorpus.load(options(true, directory), line -> {});
    }

    private static long newcomers(SampleFeed feed, Set<String> newLabels) {
        long found = 0;
        for (int i = 0; i < 200; i++) {
            SampleItem item = feed.next();
            found += newLabels.contains(item.label()) ? 1 : 0;
        }
        return found;
    }

    private static DemoOptions options(boolean shapes, Path cache) {
        return new DemoOptions(
                Duration.ZERO,
                Optional.empty(),
                1,
                shapes,
                cache,
                Path.of("base-model"),
                100,
                0.7,
                0,
                1,
                Duration.ofSeconds(20));
    }
}
