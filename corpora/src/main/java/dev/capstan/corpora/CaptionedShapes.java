package dev.capstan.corpora;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The generated corpus: coloured shapes in ones, twos and threes, drawn in several styles that stand for vendors. A
 * concept is one combination, its name the caption: "a red circle", "two blue squares". Shapes given as new make the
 * new concepts. Needs no network and no file.
 */
public final class CaptionedShapes {

    /** The name of the corpus. */
    public static final String CORPUS = "shapes";

    private CaptionedShapes() {}

    /** All colours, shapes and counts; concepts of stars and hearts are new. */
    public static Pictures full() {
        return of(
                List.of(ShapeColour.values()),
                List.of(Shape.values()),
                List.of(ShapeCount.values()),
                Set.of(Shape.STAR, Shape.HEART));
    }

    /** Six colours and six shapes, one at a time: 36 concepts that a small model learns within a minute or two. */
    public static Pictures small() {
        return of(
                List.of(
                        ShapeColour.RED,
                        ShapeColour.GREEN,
                        ShapeColour.BLUE,
                        ShapeColour.YELLOW,
                        ShapeColour.PURPLE,
                        ShapeColour.BLACK),
                List.of(Shape.CIRCLE, Shape.SQUARE, Shape.TRIANGLE, Shape.RING, Shape.CROSS, Shape.STAR),
                List.of(ShapeCount.ONE),
                Set.of(Shape.STAR));
    }

    /**
     * Every combination of these.
     *
     * @param newShapes shapes whose concepts count as new
     */
    public static Pictures of(
            List<ShapeColour> colours, List<Shape> shapes, List<ShapeCount> counts, Set<Shape> newShapes) {
        List<Concept> concepts = new ArrayList<>(colours.size() * shapes.size() * counts.size());
        for (ShapeCount count : counts) {
            for (ShapeColour colour : colours) {
                for (Shape shape : shapes) {
                    Novelty novelty = newShapes.contains(shape) ? Novelty.NEW : Novelty.KNOWN;
                    concepts.add(concept(colour, shape, count, novelty));
                }
            }
        }
        List<String> vendors =
                Arrays.stream(ShapeStyle.values()).map(CaptionedShapes::vendor).toList();
        return new Pictures(CORPUS, vendors, concepts);
    }

    private static Concept concept(ShapeColour colour, Shape shape, ShapeCount count, Novelty novelty) {
        Map<String, Picture> pictures = new LinkedHashMap<>();
        for (ShapeStyle style : ShapeStyle.values()) {
            pictures.put(vendor(style), new ShapePicture(colour, shape, count, style));
        }
        String noun = count == ShapeCount.ONE ? shape.singular() : shape.plural();
        String name = count.word() + " " + colour.word() + " " + noun;
        return new Concept(name, List.of(colour.word(), noun), CORPUS, shape.singular(), novelty, true, pictures);
    }

    private static String vendor(ShapeStyle style) {
        return style.name().toLowerCase(Locale.ROOT);
    }
}
