package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RenditionTest {

    private static final int RED = 0xffff0000;
    private static final int BLUE = 0xff0000ff;

    @Test
    void shouldGiveTheSameBytesForTheSameRandomNumbers() {
        Concept concept = TestPictures.concept("spade", Novelty.KNOWN, RED);

        List<String> first = digests(concept, new Rendition(RenderingRecipe.crawl()), 40);
        List<String> second = digests(concept, new Rendition(RenderingRecipe.crawl()), 40);

        assertThat(first).isEqualTo(second);
    }

    @Test
    void shouldRenderHundredsOfDistinctImagesOfOnePicture() {
        Concept concept = TestPictures.concept("spade", Novelty.KNOWN, RED);

        List<String> digests = digests(concept, new Rendition(RenderingRecipe.crawl()), 300);

        assertThat(new HashSet<>(digests)).hasSize(300);
    }

    @Test
    void shouldEncodeWhatItSays() throws IOException {
        Concept concept = TestPictures.concept("spade", Novelty.KNOWN, RED);
        RenderingRecipe recipe = RenderingRecipe.crawl();
        Rendition rendition = new Rendition(recipe);

        List<EncodedImage> images = new ArrayList<>();
        for (int index = 0; index < 100; index++) {
            images.add(rendition.render(concept, picture(concept), Seeds.random(1, index)));
        }

        Set<String> contentTypes = new HashSet<>();
        for (EncodedImage image : images) {
            BufferedImage decoded = TestPictures.decode(image.bytes());
            assertThat(decoded.getWidth()).isEqualTo(image.width());
            assertThat(decoded.getHeight()).isEqualTo(image.height());
            assertThat(Math.min(image.width(), image.height())).isBetween(48, 112);
            assertThat(startsLikeAPng(image)).isEqualTo(image.contentType().equals("image/png"));
            contentTypes.add(image.contentType());
        }
        assertThat(contentTypes).containsExactlyInAnyOrder("image/png", "image/jpeg");
    }

    @Test
    void shouldLeaveACleanPictureAsItIs() throws IOException {
        Concept concept = concept(true);

        EncodedImage image =
                new Rendition(RenderingRecipe.clean(40)).render(concept, picture(concept), Seeds.random(1));

        BufferedImage decoded = TestPictures.decode(image.bytes());
        assertThat(decoded.getRGB(10, 20)).isEqualTo(RED);
        assertThat(decoded.getRGB(30, 20)).isEqualTo(BLUE);
        assertThat(decoded.getRGB(20, 2)).isEqualTo(Color.WHITE.getRGB());
        assertThat(decoded.getWidth()).isEqualTo(40);
    }

    @Test
    void shouldMirrorOnlyWhatMayBeMirrored() throws IOException {
        Rendition alwaysFlipping = new Rendition(flipping(RenderingRecipe.clean(40)));

        EncodedImage mirrored = alwaysFlipping.render(concept(true), random -> halves(40), Seeds.random(1));
        EncodedImage directed = alwaysFlipping.render(concept(false), random -> halves(40), Seeds.random(1));

        assertThat(TestPictures.decode(mirrored.bytes()).getRGB(10, 20)).isEqualTo(BLUE);
        assertThat(TestPictures.decode(directed.bytes()).getRGB(10, 20)).isEqualTo(RED);
    }

    @Test
    void shouldPaintEveryBackground() throws IOException {
        for (Background background : Background.values()) {
            Concept concept = TestPictures.concept("spade", Novelty.KNOWN, RED);
            Rendition rendition = new Rendition(on(background, 0));
            EncodedImage image = rendition.render(concept, picture(concept), Seeds.random(3));

            boolean plain = background == Background.WHITE || background == Background.COLOUR;

            int colours = new HashSet<>(topRow(TestPictures.decode(image.bytes()))).size();

            assertThat(colours)
                    .as("colours of the top row on %s", background)
                    .matches(count -> plain ? count == 1 : count > 5);
        }
    }

    @Test
    void shouldLayBlotchesOverABackground() throws IOException {
        Concept concept = TestPictures.concept("spade", Novelty.KNOWN, RED);

        EncodedImage image = new Rendition(on(Background.WHITE, 1)).render(concept, picture(concept), Seeds.random(3));

        assertThat(new HashSet<>(topRow(TestPictures.decode(image.bytes()))).size())
                .isGreaterThan(5);
    }

    @Test
    void shouldRefuseRecipesThatCannotBeRendered() {
        assertThatThrownBy(() -> new Range(2, 1)).hasMessageContaining("2.0 to 1.0");
        assertThatThrownBy(() -> RenderingRecipe.clean(2)).hasMessageContaining("sidePixels");
        assertThatThrownBy(() -> on(Background.WHITE, 1.5)).hasMessageContaining("blotchShare");
        assertThatThrownBy(() -> new RenderingRecipe.Placing(
                        new Range(0, 1), Range.exactly(1), Range.exactly(0), Range.exactly(0), Range.exactly(0), 0))
                .hasMessageContaining("scale");
    }

    private static List<String> digests(Concept concept, Rendition rendition, int count) {
        List<String> digests = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            digests.add(TestPictures.digest(rendition
                    .render(concept, picture(concept), Seeds.random(1, index))
                    .bytes()));
        }
        return digests;
    }

    private static Picture picture(Concept concept) {
        return concept.pictures().values().iterator().next();
    }

    private static Concept concept(boolean mirrorable) {
        return new Concept(
                "halves", List.of(), "test", "test", Novelty.KNOWN, mirrorable, Map.of("first", random -> halves(40)));
    }

    /** Red to the left, blue to the right, nothing above and below. */
    private static BufferedImage halves(int side) {
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_ARGB_PRE);
        for (int y = side / 4; y < 3 * side / 4; y++) {
            for (int x = 0; x < side; x++) {
                image.setRGB(x, y, x < side / 2 ? RED : BLUE);
            }
        }
        return image;
    }

    private static RenderingRecipe flipping(RenderingRecipe clean) {
        RenderingRecipe.Placing placing = clean.placing();
        return new RenderingRecipe(
                clean.sidePixels(),
                clean.stretch(),
                clean.colours(),
                new RenderingRecipe.Placing(
                        placing.scale(),
                        placing.squeeze(),
                        placing.shear(),
                        placing.shift(),
                        placing.rotationDegrees(),
                        1),
                clean.backgrounds(),
                clean.blotchShare(),
                clean.softShare(),
                clean.grain(),
                clean.jpegShare(),
                clean.jpegQuality());
    }

    private static RenderingRecipe on(Background background, double blotchShare) {
        RenderingRecipe clean = RenderingRecipe.clean(64);
        return new RenderingRecipe(
                clean.sidePixels(),
                clean.stretch(),
                clean.colours(),
                clean.placing(),
                Map.of(background, 1.0),
                blotchShare,
                0,
                clean.grain(),
                0,
                clean.jpegQuality());
    }

    private static List<Integer> topRow(BufferedImage image) {
        List<Integer> row = new ArrayList<>();
        for (int x = 0; x < image.getWidth(); x++) {
            row.add(image.getRGB(x, 0));
        }
        return row;
    }

    private static boolean startsLikeAPng(EncodedImage image) {
        return image.bytes().get(1) == 'P';
    }
}
