package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SampleFeedTest {

    private static final PhasePlan HALF_NEW = PhasePlan.always(0.5);

    @Test
    void shouldGiveTheSameStreamForTheSameOptions() {
        SampleFeed first = feed(HALF_NEW, 0.3);
        SampleFeed second = feed(HALF_NEW, 0.3);

        List<SampleItem> items = take(first, 200);

        assertThat(items).usingRecursiveFieldByFieldElementComparator().isEqualTo(take(second, 200));
    }

    @Test
    void shouldGiveAnotherStreamForAnotherSeed() {
        SampleFeed first = feed(HALF_NEW, 0);
        SampleFeed other =
                new SampleFeed(TestPictures.small(), TestPictures.recipe(), SampleFeed.Options.clean(8, HALF_NEW));

        Set<String> urls = new HashSet<>(
                take(first, 50).stream().map(SampleItem::sourceUrl).toList());

        assertThat(take(other, 50)).noneMatch(item -> urls.contains(item.sourceUrl()));
    }

    @Test
    void shouldResumeAnywhere() {
        SampleFeed whole = feed(HALF_NEW, 0.3);
        SampleFeed resumed = feed(HALF_NEW, 0.3);
        List<SampleItem> items = take(whole, 120);

        resumed.skipTo(100);

        assertThat(take(resumed, 20)).isEqualTo(items.subList(100, 120));
    }

    @Test
    void shouldNeverShowTheHeldOutVendor() {
        SampleFeed feed = feed(HALF_NEW, 0.2);

        List<SampleItem> items = take(feed, 300);

        assertThat(items).extracting(SampleItem::source).containsOnly("blots/first", "blots/second");
        assertThat(items).noneMatch(item -> item.sourceUrl().contains(TestPictures.HELD_OUT));
    }

    @Test
    void shouldHoldNewConceptsBackForAPhase() {
        SampleFeed feed = feed(PhasePlan.newcomersAfter(60, 0.25), 0);

        List<SampleItem> items = take(feed, 160);

        assertThat(items.subList(0, 60)).allMatch(item -> item.novelty() == Novelty.KNOWN);
        assertThat(items.subList(60, 160).stream().filter(item -> item.novelty() == Novelty.NEW))
                .hasSize(25);
    }

    @Test
    void shouldEndAPhaseOnRequest() {
        SampleFeed feed = feed(PhasePlan.newcomersAfter(1_000_000, 1), 0);
        List<SampleItem> before = take(feed, 10);

        feed.endPhase();

        assertThat(before).allMatch(item -> item.novelty() == Novelty.KNOWN);
        assertThat(take(feed, 10)).allMatch(item -> item.novelty() == Novelty.NEW);
        assertThat(feed.phase()).isEqualTo(1);
    }

    @Test
    void shouldStayInTheLastPhase() {
        SampleFeed feed = feed(HALF_NEW, 0);

        feed.endPhase();

        assertThat(take(feed, 20)).isEqualTo(take(feed(HALF_NEW, 0), 20));
    }

    @Test
    void shouldShowEveryPictureOncePerRound() {
        SampleFeed feed = feed(HALF_NEW, 0);
        int knownPictures = 4 * 2;
        int newPictures = 2 * 2;

        List<SampleItem> items = take(feed, 2 * knownPictures);

        Map<String, Integer> shown = new HashMap<>();
        items.forEach(item -> shown.merge(item.label() + " by " + item.source(), 1, Integer::sum));
        assertThat(shown).hasSize(knownPictures + newPictures);
        assertThat(shown.entrySet())
                .allMatch(entry -> entry.getValue() == (isNew(entry.getKey()) ? knownPictures / newPictures : 1));
    }

    @Test
    void shouldMakeMoreThanAHundredDistinctPairsOfEachPicture() {
        SampleFeed feed = feed(HALF_NEW, 0);

        Map<String, Set<String>> images = new HashMap<>();
        take(feed, 2 * 8 * 110)
                .forEach(item -> images.computeIfAbsent(item.label() + item.source(), key -> new HashSet<>())
                        .add(TestPictures.digest(item.image())));

        assertThat(images).hasSize(12);
        assertThat(images.values()).allMatch(digests -> digests.size() > 100);
    }

    @Test
    void shouldCarryItsShareOfDirt() {
        SampleFeed feed = feed(HALF_NEW, 0.25);

        List<SampleItem> items = take(feed, 800);

        long dirty = items.stream().filter(item -> !item.isClean()).count();
        assertThat(dirty / 800.0).isCloseTo(0.25, within(0.05));
    }

    @Test
    void shouldGiveEachCleanPairItsOwnAddress() {
        SampleFeed feed = feed(HALF_NEW, 0.2);

        List<SampleItem> clean =
                take(feed, 300).stream().filter(SampleItem::isClean).toList();

        assertThat(clean).extracting(SampleItem::sourceUrl).doesNotHaveDuplicates();
        assertThat(clean).allMatch(item -> item.sourceUrl().startsWith("https://"));
    }

    @Test
    void shouldRepeatEarlierCleanPairsAsDuplicates() {
        SampleFeed feed = feed(HALF_NEW, 0.4);

        List<SampleItem> items = take(feed, 400);

        List<SampleItem> duplicates = items.stream()
                .filter(item -> item.dirt().filter(CrawlDirt::isDuplicate).isPresent())
                .toList();
        assertThat(duplicates).hasSizeGreaterThan(10);
        assertThat(duplicates)
                .allMatch(copy -> items.subList(0, (int) copy.index()).stream()
                        .anyMatch(earlier -> earlier.isClean()
                                && earlier.image().equals(copy.image())
                                && earlier.text().equals(copy.text())
                                && earlier.sourceUrl().equals(copy.sourceUrl())
                                        == (copy.dirt().orElseThrow() == CrawlDirt.REPEATED_PAIR)));
    }

    @Test
    void shouldRefuseAPlanThatAsksForWhatTheCorpusLacks() {
        Pictures onlyKnown = new Pictures(
                "known", TestPictures.VENDORS, List.of(TestPictures.concept("spade", Novelty.KNOWN, 0xff112233)));

        assertThatThrownBy(
                        () -> new SampleFeed(onlyKnown, TestPictures.recipe(), SampleFeed.Options.clean(1, HALF_NEW)))
                .hasMessageContaining("0 new pictures");
    }

    @Test
    void shouldRefuseAVendorThatDoesNotExist() {
        SampleRecipe recipe = new SampleRecipe("nobody", RenderingRecipe.crawl(), TextRecipe.emoji());

        assertThatThrownBy(() -> new SampleFeed(TestPictures.small(), recipe, SampleFeed.Options.clean(1, HALF_NEW)))
                .hasMessageContaining("nobody");
    }

    @Test
    void shouldStreamTheGeneratedShapes() throws Exception {
        SampleCorpus corpus = SampleCorpus.shapes();
        SampleFeed feed = new SampleFeed(
                corpus.pictures(), corpus.recipe(), SampleFeed.Options.clean(3, PhasePlan.newcomersAfter(20, 0.5)));

        List<SampleItem> items = take(feed, 60);

        assertThat(items)
                .noneMatch(item -> item.source().endsWith(corpus.recipe().heldOutVendor()));
        assertThat(items)
                .allMatch(item -> item.text().toLowerCase(java.util.Locale.ROOT).contains(item.label()));
        for (SampleItem item : items) {
            assertThat(TestPictures.decode(item.image()).getWidth()).isGreaterThanOrEqualTo(48);
        }
    }

    @Test
    void shouldDrawThePairsThatItWouldEncode() throws Exception {
        SampleRecipe pngOnly = TestPictures.recipe().withRendering(RenderingRecipe.clean(32));
        SampleFeed encoding = new SampleFeed(TestPictures.small(), pngOnly, SampleFeed.Options.clean(7, HALF_NEW));
        SampleFeed drawing = new SampleFeed(TestPictures.small(), pngOnly, SampleFeed.Options.clean(7, HALF_NEW));
        encoding.skipTo(5);
        drawing.skipTo(5);
        SampleItem item = encoding.next();

        SampleFeed.DrawnPair pair = drawing.nextDrawn();

        assertThat(pair.index()).isEqualTo(5);
        assertThat(pair.label()).isEqualTo(item.label());
        assertThat(pair.text()).isEqualTo(item.text());
        assertThat(pair.image().getRGB(0, 0, 32, 32, null, 0, 32))
                .isEqualTo(TestPictures.decode(item.image()).getRGB(0, 0, 32, 32, null, 0, 32));
        assertThat(drawing.nextIndex()).isEqualTo(6);
    }

    private static boolean isNew(String key) {
        return key.startsWith("newt") || key.startsWith("toad");
    }

    private static SampleFeed feed(PhasePlan plan, double dirtShare) {
        return new SampleFeed(TestPictures.small(), TestPictures.recipe(), new SampleFeed.Options(7, plan, dirtShare));
    }

    private static List<SampleItem> take(SampleFeed feed, int count) {
        List<SampleItem> items = new ArrayList<>();
        for (int taken = 0; taken < count; taken++) {
            items.add(feed.next());
        }
        return items;
    }
}
