package dev.capstan.corpora;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * An endless stream of pairs, as a crawl would bring them. The item at an index is a function of the corpus, the
 * recipe, the options and the index alone: two feeds of the same options give the same items, whatever was read before.
 * Within a phase, known and new concepts each come in shuffled rounds that show every picture once.
 *
 * <p>Pictures of the recipe's held-out vendor never occur.
 *
 * <p>One thread at a time. Several threads that share the work use a feed each and {@link #at(long)}.
 */
public final class SampleFeed implements Iterator<SampleItem> {

    private static final List<CrawlDirt> DIRT = List.of(CrawlDirt.values());

    /** How far back a duplicate may lie, so that it comes soon enough to be recognised. */
    private static final int DUPLICATE_WINDOW = 500;

    private static final int CONTENT = 1;
    private static final int SPOILING = 2;
    private static final int KNOWN_ROUNDS = 3;
    private static final int NEW_ROUNDS = 4;
    private static final int DIRT_DRAW = 5;

    private final Pictures pictures;
    private final Options options;
    private final List<Pictures.LabelledPicture> known;
    private final List<Pictures.LabelledPicture> newcomers;
    private final Rendition rendition;
    private final Texts texts;

    private PhasePlan plan;
    private long nextIndex;

    public SampleFeed(Pictures pictures, SampleRecipe recipe, Options options) {
        this.pictures = pictures;
        this.options = options;
        this.plan = options.plan();
        this.known = pictures.drawnByOthers(recipe.heldOutVendor(), Novelty.KNOWN);
        this.newcomers = pictures.drawnByOthers(recipe.heldOutVendor(), Novelty.NEW);
        this.rendition = new Rendition(recipe.rendering());
        this.texts = new Texts(recipe.texts());
        if ((plan.bringsNewConcepts() && newcomers.isEmpty()) || (plan.bringsKnownConcepts() && known.isEmpty())) {
            throw new IllegalArgumentException("the plan asks for concepts that the corpus lacks: " + plan + ", "
                    + known.size() + " known and " + newcomers.size() + " new pictures");
        }
    }

    /** A stream never ends. */
    @Override
    public boolean hasNext() {
        return true;
    }

    @Override
    public SampleItem next() {
        return at(nextIndex++);
    }

    /** The index of the item that {@link #next()} will give. */
    public long nextIndex() {
        return nextIndex;
    }

    /** Goes on at this index: a feed that was stopped resumes so. */
    public void skipTo(long index) {
        if (index < 0) {
            throw new IllegalArgumentException("no item has the index " + index);
        }
        nextIndex = index;
    }

    /** Which phase the item that {@link #next()} will give is in, from 0. */
    public int phase() {
        return plan.phaseOf(nextIndex);
    }

    /**
     * Lets the next phase begin with the next item, whatever is left of the current one. In the last phase nothing
     * happens. Items from here on depend on when this was called, so that a caller that wants the same stream again
     * must end the phase at the same index.
     */
    public void endPhase() {
        plan = plan.endingPhaseBefore(nextIndex);
    }

    /** The item at an index. */
    public SampleItem at(long index) {
        Optional<CrawlDirt> dirt = dirtAt(index);
        if (dirt.isEmpty()) {
            return cleanAt(index);
        }
        CrawlDirt kind = dirt.get();
        RandomGenerator random = Seeds.random(options.seed(), SPOILING, index);
        SampleItem clean = cleanAt(kind.isDuplicate() ? originalBefore(index, random) : index);
        CrawlDirt.Spoilt spoilt =
                kind.spoil(new CrawlDirt.Spoilt(clean.image(), clean.contentType(), clean.text()), random);
        String sourceUrl = kind == CrawlDirt.MIRRORED_PAIR
                ? clean.sourceUrl().replace("://", "://mirror-" + random.nextInt(10) + ".")
                : clean.sourceUrl();
        return item(index, spoilt.image(), spoilt.contentType(), spoilt.text(), sourceUrl, clean, dirt);
    }

    /**
     * The pair at the feed's place as an image that was not encoded, for a reader in the same process that wants no
     * files: the same concept, text and drawing that {@link #next()} would give, but never dirt.
     */
    public DrawnPair nextDrawn() {
        Choice choice = choiceAt(nextIndex++);
        BufferedImage image =
                rendition.draw(choice.picture().concept(), choice.picture().picture(), choice.random());
        return new DrawnPair(
                choice.index(), image, choice.text(), choice.picture().concept().name());
    }

    private static SampleItem item(
            long index,
            ByteBuffer image,
            String contentType,
            String text,
            String sourceUrl,
            SampleItem origin,
            Optional<CrawlDirt> dirt) {
        return new SampleItem(
                index, image, contentType, text, origin.source(), sourceUrl, origin.label(), origin.novelty(), dirt);
    }

    private SampleItem cleanAt(long index) {
        Choice choice = choiceAt(index);
        Pictures.LabelledPicture chosen = choice.picture();
        EncodedImage image = rendition.render(chosen.concept(), chosen.picture(), choice.random());
        return new SampleItem(
                index,
                image.bytes(),
                image.contentType(),
                choice.text(),
                pictures.corpus() + "/" + chosen.vendor(),
                sourceUrl(chosen, image, index),
                chosen.concept().name(),
                chosen.concept().novelty(),
                Optional.empty());
    }

    private Choice choiceAt(long index) {
        long newBefore = plan.newBefore(index);
        Pictures.LabelledPicture chosen = plan.noveltyOf(index) == Novelty.NEW
                ? inRound(newcomers, newBefore, NEW_ROUNDS)
                : inRound(known, index - newBefore, KNOWN_ROUNDS);
        RandomGenerator random = Seeds.random(options.seed(), CONTENT, index);
        return new Choice(index, chosen, texts.draw(chosen.concept(), random), random);
    }

    private Pictures.LabelledPicture inRound(List<Pictures.LabelledPicture> choices, long rank, int stream) {
        long round = rank / choices.size();
        long key = Seeds.mix(options.seed(), stream, round);
        return choices.get(new Permutation(choices.size(), key).at((int) (rank % choices.size())));
    }

    private String sourceUrl(Pictures.LabelledPicture chosen, EncodedImage image, long index) {
        String ending = image.contentType().equals("image/jpeg") ? "jpg" : "png";
        return "https://%s.example/%s/%d-%d.%s"
                .formatted(slug(chosen.vendor()), slug(chosen.concept().name()), options.seed(), index, ending);
    }

    private static String slug(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
    }

    private Optional<CrawlDirt> dirtAt(long index) {
        RandomGenerator random = Seeds.random(options.seed(), DIRT_DRAW, index);
        if (random.nextDouble() >= options.dirtShare()) {
            return Optional.empty();
        }
        CrawlDirt kind = Weights.draw(DIRT, CrawlDirt::weight, random);
        if (kind.isDuplicate() && index == 0) {
            return Optional.empty();
        }
        return Optional.of(kind);
    }

    /** A clean item that lies before this one; the pair repeats what was accepted, not dirt. */
    private long originalBefore(long index, RandomGenerator random) {
        long reach = Math.min(index, DUPLICATE_WINDOW);
        for (int attempt = 0; attempt < 100; attempt++) {
            long candidate = index - 1 - random.nextLong(reach);
            if (dirtAt(candidate).isEmpty()) {
                return candidate;
            }
        }
        // Practically all is dirt; then the first item of a stream that has one repeats itself.
        return index;
    }

    /**
     * How much of what a stream brings, and when.
     *
     * @param seed gives the same stream again
     * @param plan when new concepts arrive
     * @param dirtShare the share of {@link CrawlDirt}, 0 to 1
     */
    public record Options(long seed, PhasePlan plan, double dirtShare) {

        public Options {
            if (!(dirtShare >= 0 && dirtShare <= 1)) {
                throw new IllegalArgumentException("dirtShare must be between 0 and 1: " + dirtShare);
            }
        }

        /** A stream without dirt. */
        public static Options clean(long seed, PhasePlan plan) {
            return new Options(seed, plan, 0);
        }
    }

    /**
     * A clean pair that was drawn but not encoded.
     *
     * @param image opaque; belongs to the caller
     * @param label the name of the concept
     */
    public record DrawnPair(long index, BufferedImage image, String text, String label) {}

    /** What an index stands for, before it is drawn by the random numbers that follow. */
    private record Choice(long index, Pictures.LabelledPicture picture, String text, RandomGenerator random) {}
}
