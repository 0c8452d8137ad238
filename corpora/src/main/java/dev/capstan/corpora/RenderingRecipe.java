package dev.capstan.corpora;

import java.util.Map;

/**
 * The numbers by which {@link Rendition} varies a picture.
 *
 * @param sidePixels the shorter side of the image
 * @param stretch the longer side over the shorter
 * @param scale the picture's side over the shorter side of the image; above 1 it is cropped
 * @param shift how far the picture's centre stands off the image's centre, as a fraction of the shorter side
 * @param rotationDegrees rotation about the picture's centre
 * @param flipShare how often the picture is mirrored left to right, 0 to 1
 * @param backgrounds the backgrounds with their weights
 * @param brightness added to every channel, in units of the full range
 * @param contrast factor about the middle grey
 * @param saturation factor of the distance from grey
 * @param hueDegrees rotation about the grey axis
 * @param grain largest random deviation of a pixel, in units of the full range
 * @param jpegShare how often the file is a JPEG, else a PNG, 0 to 1
 * @param jpegQuality quality of the JPEGs, 0 to 1
 */
public record RenderingRecipe(
        Range sidePixels,
        Range stretch,
        Range scale,
        Range shift,
        Range rotationDegrees,
        double flipShare,
        Map<Background, Double> backgrounds,
        Range brightness,
        Range contrast,
        Range saturation,
        Range hueDegrees,
        Range grain,
        double jpegShare,
        Range jpegQuality) {

    private static final int SMALLEST_SIDE_PIXELS = 8;

    public RenderingRecipe {
        if (sidePixels.from() < SMALLEST_SIDE_PIXELS) {
            throw new IllegalArgumentException(
                    "sidePixels must be at least " + SMALLEST_SIDE_PIXELS + ": " + sidePixels);
        }
        if (stretch.from() < 1) {
            throw new IllegalArgumentException("stretch must be at least 1: " + stretch);
        }
        if (scale.from() <= 0) {
            throw new IllegalArgumentException("scale must be above 0: " + scale);
        }
        backgrounds = Map.copyOf(backgrounds);
        if (backgrounds.values().stream().anyMatch(weight -> !(weight >= 0))
                || backgrounds.values().stream()
                                .mapToDouble(Double::doubleValue)
                                .sum()
                        <= 0) {
            throw new IllegalArgumentException("backgrounds need weights of at least 0, one above 0: " + backgrounds);
        }
        requireShare("flipShare", flipShare);
        requireShare("jpegShare", jpegShare);
        requireShare("jpegQuality", jpegQuality.from());
        requireShare("jpegQuality", jpegQuality.to());
    }

    /** Pictures as a crawl shows them. */
    public static RenderingRecipe crawl() {
        return new RenderingRecipe(
                new Range(48, 160),
                new Range(1, 1.3),
                new Range(0.6, 1.15),
                Range.around0(0.12),
                Range.around0(15),
                0.5,
                Map.of(
                        Background.WHITE, 0.25,
                        Background.COLOUR, 0.3,
                        Background.GRADIENT, 0.2,
                        Background.BLOTCHES, 0.15,
                        Background.NOISE, 0.1),
                Range.around0(0.12),
                new Range(0.8, 1.2),
                new Range(0.6, 1.3),
                Range.around0(10),
                new Range(0, 0.03),
                0.6,
                new Range(0.5, 0.95));
    }

    /** Centred on white, unchanged, as a PNG of this side. */
    public static RenderingRecipe clean(int sidePixels) {
        return new RenderingRecipe(
                Range.exactly(sidePixels),
                Range.exactly(1),
                Range.exactly(0.92),
                Range.exactly(0),
                Range.exactly(0),
                0,
                Map.of(Background.WHITE, 1.0),
                Range.exactly(0),
                Range.exactly(1),
                Range.exactly(1),
                Range.exactly(0),
                Range.exactly(0),
                0,
                Range.exactly(1));
    }

    private static void requireShare(String name, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException(name + " must be between 0 and 1: " + share);
        }
    }
}
