package dev.capstan.local.demo;

import dev.capstan.corpora.EmojiPackages;
import dev.capstan.corpora.EvaluationPictures;
import dev.capstan.corpora.EvaluationPictures.EvaluationPicture;
import dev.capstan.corpora.Novelty;
import dev.capstan.corpora.PhasePlan;
import dev.capstan.corpora.Pictures;
import dev.capstan.corpora.SampleCorpus;
import dev.capstan.corpora.SampleFeed;
import dev.capstan.model.training.CaptionRule;
import dev.capstan.schemas.records.LabelSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * What the demo streams and asks about.
 *
 * @param samples the pictures
 * @param newConcepts name of the label set of the new concepts, and what they are called together
 * @param templates prompt templates of both label sets
 * @param captions which part of a text is a caption
 * @param examples labels whose captions are shown
 */
record DemoCorpus(
        SampleCorpus samples, String newConcepts, List<String> templates, CaptionRule captions, List<String> examples) {
    /** Label set of all concepts. */
    static final String EVERYTHING = "all";

    /** Long enough for any start; the phase is ended by the first round of probes. */
    private static final long LONGEST_PRELUDE = 1_000_000_000L;

    private static final int PICTURE_PIXELS = 96;
    private static final List<String> FAVOURITES =
            List.of("tiger face", "penguin", "octopus", "honeybee", "dolphin", "fox");

    DemoCorpus {
        templates = List.copyOf(templates);
        examples = List.copyOf(examples);
    }

    /** The emoji, or generated shapes where they were asked for or emoji cannot be had. */
    static DemoCorpus load(DemoOptions options, Consumer<String> progress) {
        SampleCorpus samples = options.shapes()
                ? SampleCorpus.shapes()
                : SampleCorpus.emojiOrShapes(new EmojiPackages(options.cache()), progress);
        Pictures pictures = samples.pictures();
        List<String> names = pictures.labels(Novelty.NEW);
        List<String> favourites = FAVOURITES.stream().filter(names::contains).toList();
        List<String> examples = favourites.isEmpty() ? spread(names, FAVOURITES.size()) : favourites;
        boolean emoji = pictures.corpus().equals("emoji");
        return new DemoCorpus(
                samples,
                emoji ? "animals" : "new-shapes",
                List.of("{}", "a picture of {}"),
                emoji ? CaptionRule.names() : CaptionRule.everyText(),
                examples);
    }

    String name() {
        return samples.pictures().corpus();
    }

    Optional<String> fallback() {
        return samples.fallback();
    }

    /** The stream: first without new concepts, then with this share of them. */
    SampleFeed feed(long seed, double newShare, double dirtShare) {
        return new SampleFeed(
                samples.pictures(),
                samples.recipe(),
                new SampleFeed.Options(seed, PhasePlan.newcomersAfter(LONGEST_PRELUDE, newShare), dirtShare));
    }

    /** Clean pictures of the vendor that nothing is trained on. */
    List<EvaluationPicture> unseen(Novelty novelty) {
        return EvaluationPictures.of(samples.pictures(), samples.recipe().heldOutVendor(), novelty, PICTURE_PIXELS);
    }

    List<LabelSet> labelSets() {
        return List.of(
                new LabelSet(newConcepts, samples.pictures().labels(Novelty.NEW), templates),
                new LabelSet(EVERYTHING, samples.pictures().labels(), templates));
    }

    /** What the trainer should know of this corpus, as its variables. */
    Map<String, String> trainerEnvironment() {
        Map<String, String> variables = new TreeMap<>();
        variables.put("CAPSTAN_TRAINER_LABEL_SET", EVERYTHING);
        variables.put("CAPSTAN_TRAINER_CAPTION_PATTERN", captions.pattern().pattern());
        // The feed draws each picture in a hundred ways already.
        variables.put("CAPSTAN_TRAINER_AUGMENTATION", "0");
        return variables;
    }

    private static List<String> spread(List<String> names, int count) {
        int step = Math.max(1, names.size() / count);
        return IntStream.range(0, Math.min(count, names.size()))
                .mapToObj(i -> names.get(Math.min(names.size() - 1, i * step)))
                .toList();
    }
}
