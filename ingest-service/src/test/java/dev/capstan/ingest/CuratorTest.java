package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.concepts.ConceptCatalog;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class CuratorTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:05:00.123456Z");

    private final CurationPolicy policy = CurationPolicy.defaults();
    private final Curator curator =
            new Curator(policy, new ConceptCatalog(List.of("ball", "cube")), Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void shouldMakeTheSameRecordOfTheSamePair() {
        CuratedPair first = accepted(TestPairs.good(7));

        CuratedPair second = accepted(TestPairs.good(7));

        assertThat(second).isEqualTo(first);
    }

    @Test
    void shouldLeaveTheImagesBufferAsItWas() {
        CrawledPair pair = TestPairs.good(7);
        int position = pair.getImage().position();

        accepted(pair);

        assertThat(pair.getImage().position()).isEqualTo(position);
    }

    @Test
    void shouldNameTheConceptsOfTheText() {
        CuratedPair pair = accepted(TestPairs.pair("p", "a cube on a BALL", TestPairs.picture(1, 40, 40)));

        assertThat(pair.getConcepts()).containsExactly("cube", "ball");
    }

    @Test
    void shouldPutTransparentPicturesOnWhite() throws IOException {
        BufferedImage clear = new BufferedImage(40, 40, BufferedImage.TYPE_INT_ARGB);
        clear.setRGB(20, 20, Color.RED.getRGB());
        CrawledPair crawled = TestPairs.pair("p", "a red dot", TestPairs.encoded("png", clear));

        CuratedPair pair = accepted(crawled);

        BufferedImage read = ImageIO.read(new ByteArrayInputStream(bytes(pair.getImage())));
        assertThat(read.getRGB(0, 0)).isEqualTo(Color.WHITE.getRGB());
        assertThat(read.getRGB(20, 20)).isEqualTo(Color.RED.getRGB());
        assertThat(read.getColorModel().hasAlpha()).isFalse();
    }

    @Test
    void shouldJudgeTheTextBeforeTheImage() {
        Curation curation = curator.curate(TestPairs.pair("p", "", ByteBuffer.wrap(new byte[0])));

        assertThat(curation.refusal().orElseThrow().rule()).isEqualTo("text-empty");
    }

    @Test
    void shouldJudgeTheHeaderBeforeThePixels() {
        ByteBuffer banner = TestPairs.picture(1, 400, 40);
        ByteBuffer headerOnly = banner.slice(0, 60);

        Curation curation = curator.curate(TestPairs.pair("p", "a banner", headerOnly));

        assertThat(curation.refusal().orElseThrow().rule()).isEqualTo("image-aspect");
    }

    @Test
    void shouldRefuseAFileOfTooManyBytes() {
        ByteBuffer large = ByteBuffer.allocate(policy.image().maxBytes() + 1);

        Curation curation = curator.curate(TestPairs.pair("p", "a large file", large));

        assertThat(curation.refusal().orElseThrow().rule()).isEqualTo("image-too-many-bytes");
    }

    @Test
    void shouldRefuseAPairWhoseServerForbidsTraining() {
        CrawledPair pair = TestPairs.good(1);
        pair.setHeaders(Map.of("x-robots-tag", "noimageai"));

        Curation curation = curator.curate(pair);

        assertThat(curation.refusal().orElseThrow().rule()).isEqualTo("opt-out");
    }

    @Test
    void shouldStampTheLanguageIfThePolicyAsksForOne() {
        Curator english = new Curator(
                PolicyFile.read("builtin:datacomp-basic"), new ConceptCatalog(List.of()), Clock.systemUTC());

        Curation kept =
                english.curate(TestPairs.pair("p", "two dogs run through the snow", TestPairs.picture(1, 300, 200)));
        Curation refused = english.curate(
                TestPairs.pair("p", "zwei Hunde laufen durch den Schnee", TestPairs.picture(1, 300, 200)));

        assertThat(kept.pair().orElseThrow().getLanguage()).isEqualTo("en");
        assertThat(refused.refusal().orElseThrow().rule()).isEqualTo("text-language");
    }

    @Test
    void shouldRefuseASmallFileUnderLaionsRules() {
        Curator laion = new Curator(PolicyFile.read("builtin:laion"), new ConceptCatalog(List.of()), Clock.systemUTC());

        Curation curation = laion.curate(TestPairs.good(1));

        assertThat(curation.refusal().orElseThrow().rule()).isEqualTo("image-too-few-bytes");
    }

    @Test
    void shouldStampMillisecondsAsRecordsKeepThem() {
        CuratedPair pair = accepted(TestPairs.good(1));

        assertThat(pair.getCuratedAt()).isEqualTo(Instant.parse("2026-01-02T03:05:00.123Z"));
    }

    private CuratedPair accepted(CrawledPair pair) {
        return curator.curate(pair).pair().orElseThrow();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
