package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CaptionedShapesTest {

    @Test
    void shouldCoverEveryCombinationOnce() {
        Pictures pictures = CaptionedShapes.full();

        List<String> labels = pictures.labels();

        int combinations = ShapeColour.values().length * Shape.values().length * ShapeCount.values().length;
        assertThat(labels).hasSize(combinations).doesNotHaveDuplicates();
        assertThat(labels).contains("a red circle", "two blue squares", "three brown crosses");
    }

    @Test
    void shouldTakeStarsAndHeartsForNew() {
        Pictures pictures = CaptionedShapes.full();

        List<String> labels = pictures.labels(Novelty.NEW);

        assertThat(labels)
                .hasSize(ShapeColour.values().length * 2 * ShapeCount.values().length)
                .allMatch(label -> label.matches(".*(star|heart)s?"));
        assertThat(pictures.labels(Novelty.KNOWN)).noneMatch(label -> label.matches(".*(star|heart)s?"));
    }

    @Test
    void shouldDrawEveryConceptInEveryStyle() {
        Pictures pictures = CaptionedShapes.full();

        for (Concept concept : pictures.concepts()) {
            assertThat(concept.pictures().keySet()).containsExactlyElementsOf(pictures.vendors());
            concept.pictures()
                    .forEach((vendor, picture) -> assertThat(coverage(picture.draw(Seeds.random(1))))
                            .as("%s by %s", concept.name(), vendor)
                            .isBetween(0.02, 0.9));
        }
    }

    @Test
    void shouldDrawTheStylesDifferently() {
        Concept concept = CaptionedShapes.small().concepts().get(0);

        Set<Integer> drawings = new HashSet<>();
        concept.pictures()
                .values()
                .forEach(picture -> drawings.add(Arrays.hashCode(pixels(picture.draw(Seeds.random(1))))));

        assertThat(drawings).hasSize(ShapeStyle.values().length);
    }

    @Test
    void shouldDrawMoreShapesForHigherCounts() {
        for (ShapeCount count : ShapeCount.values()) {
            Picture picture = new ShapePicture(ShapeColour.RED, Shape.CIRCLE, count, ShapeStyle.FLAT);

            int islands = islands(picture.draw(Seeds.random(5)));

            assertThat(islands).isEqualTo(count.shapes());
        }
    }

    private static double coverage(BufferedImage image) {
        int[] pixels = pixels(image);
        return (double) Arrays.stream(pixels)
                        .filter(pixel -> pixel >>> 24 > 128)
                        .count()
                / pixels.length;
    }

    /** Connected areas that are not transparent. */
    private static int islands(BufferedImage image) {
        int side = image.getWidth();
        boolean[] land = new boolean[side * side];
        int[] pixels = pixels(image);
        for (int at = 0; at < pixels.length; at++) {
            land[at] = pixels[at] >>> 24 > 128;
        }
        int islands = 0;
        for (int at = 0; at < land.length; at++) {
            if (land[at]) {
                islands++;
                sink(land, at, side);
            }
        }
        return islands;
    }

    private static void sink(boolean[] land, int start, int side) {
        java.util.ArrayDeque<Integer> shore = new java.util.ArrayDeque<>(List.of(start));
        while (!shore.isEmpty()) {
            int at = shore.pop();
            if (land[at]) {
                land[at] = false;
                // No shape touches the border, so no step leaves the image or wraps around.
                shore.addAll(List.of(at - 1, at + 1, at - side, at + side));
            }
        }
    }

    private static int[] pixels(BufferedImage image) {
        return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    }
}
