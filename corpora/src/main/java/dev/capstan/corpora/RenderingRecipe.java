package dev.capstan.corpora;

import java.util.Map;

/**
 * The numbers by which {@link Rendition} varies a picture.
 *
 * @param sidePixels the shorter side of the image
 * @param stretch the longer side of the image over the shorter
 * @param colours how the picture's colours vary
 * @param placing how the picture lies in the image
 * @param backgrounds the backgrounds with their weights
 * @param blotchShare how often coarse random blotches lie over the background, 0 to 1
 * @param softShare how often the image was enlarged from half its size, 0 to 1
 * @param grain largest random deviation of a pixel, in units of the full range
 * @param jpegShare how often the file is a JPEG, else a PNG, 0 to 1
 * @param jpegQuality quality of the JPEGs, 0 to 1
 */
public record RenderingRecipe(
        Range sidePixels,
        Range stretch,
        Colours colours,
        Placing placing,
        Map<Background, Double> backgrounds,
        double blotchShare,
        double softShare,
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
        backgrounds = Map.copyOf(backgrounds);
        if (backgrounds.values().stream().anyMatch(weight -> !(weight >= 0))
                || backgrounds.values().stream()
                                .mapToDouble(Double::doubleValue)
                                .sum()
                        <= 0) {
            throw new IllegalArgumentException("backgrounds need weights of at least 0, one above 0: " + backgrounds);
        }
        requireShare("blotchShare", blotchShare);
        requireShare("softShare", softShare);
        requireShare("jpegShare", jpegShare);
        requireShare("jpegQuality", jpegQuality.from());
        requireShare("jpegQuality", jpegQuality.to());
    }

    /** Pictures as a crawl shows them. */
    public static RenderingRecipe crawl() {
        return crawl(0.5);
    }

    /**
     * Pictures as a crawl shows them, distorted as much as wanted.
     *
     * @param strength how much colours, shape and grain vary, from 0 (not at all) to 1 (hard to recognise)
     */
    public static RenderingRecipe crawl(double strength) {
        requireShare("strength", strength);
        return new RenderingRecipe(
                new Range(48, 112),
                new Range(1, 1.2),
                new Colours(
                        Range.around0(0.15 * strength),
                        new Range(1 - 0.35 * strength, 1 + 0.3 * strength),
                        new Range(1 - 0.6 * strength, 1 + 0.4 * strength),
                        0.1 * strength,
                        Range.around0(19 * strength),
                        Range.around0(0.1 * strength)),
                new Placing(
                        new Range(0.6, 1.3),
                        new Range(Math.exp(-0.17 * strength), Math.exp(0.17 * strength)),
                        Range.around0(0.17 * strength),
                        Range.around0(0.09),
                        Range.around0(22 * strength),
                        0.5),
                Map.of(Background.WHITE, 0.35, Background.COLOUR, 0.35, Background.GRADIENT, 0.3),
                0.15,
                0.2,
                new Range(0, 0.1 * strength),
                0.75,
                new Range(0.5, 0.95));
    }

    /** The same for pictures whose colour is part of their name: colours stay true, and grounds mostly plain. */
    public static RenderingRecipe crawlInTrueColours() {
        RenderingRecipe crawl = crawl();
        return new RenderingRecipe(
                crawl.sidePixels(),
                crawl.stretch(),
                new Colours(
                        Range.around0(0.05),
                        new Range(0.9, 1.1),
                        new Range(0.9, 1.1),
                        0,
                        Range.around0(3),
                        Range.around0(0.03)),
                new Placing(
                        new Range(0.7, 1.1),
                        crawl.placing().squeeze(),
                        crawl.placing().shear(),
                        Range.around0(0.06),
                        crawl.placing().rotationDegrees(),
                        crawl.placing().flipShare()),
                Map.of(Background.WHITE, 0.6, Background.COLOUR, 0.2, Background.GRADIENT, 0.2),
                crawl.blotchShare(),
                crawl.softShare(),
                crawl.grain(),
                crawl.jpegShare(),
                crawl.jpegQuality());
    }

    /** Centred on white, unchanged, as a PNG of this side. */
    public static RenderingRecipe clean(int sidePixels) {
        Range none = Range.exactly(0);
        Range same = Range.exactly(1);
        return new RenderingRecipe(
                Range.exactly(sidePixels),
                same,
                new Colours(none, same, same, 0, none, none),
                new Placing(same, same, none, none, none, 0),
                Map.of(Background.WHITE, 1.0),
                0,
                0,
                none,
                0,
                same);
    }

    private static void requireShare(String name, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException(name + " must be between 0 and 1: " + share);
        }
    }

    /**
     * How the picture's colours vary.
     *
     * @param brightness added to every channel, in units of the full range
     * @param contrast factor about the middle grey
     * @param saturation factor of the distance from grey
     * @param greyShare how often the picture is grey, 0 to 1
     * @param hueDegrees rotation about the grey axis
     * @param tint added to the factor 1 of each channel, drawn for each
     */
    public record Colours(
            Range brightness, Range contrast, Range saturation, double greyShare, Range hueDegrees, Range tint) {

        public Colours {
            requireShare("greyShare", greyShare);
        }
    }

    /**
     * How the picture lies in the image.
     *
     * @param scale the picture's side over the shorter side of the image, drawn evenly on a logarithmic scale; above 1
     *     it is cropped
     * @param squeeze width over height of a square picture, drawn evenly on a logarithmic scale
     * @param shear how far the top is pushed sideways, over the height
     * @param shift how far the picture's centre stands off the image's centre, over the shorter side
     * @param rotationDegrees rotation about the picture's centre
     * @param flipShare how often a picture that may be is mirrored left to right, 0 to 1
     */
    public record Placing(
            Range scale, Range squeeze, Range shear, Range shift, Range rotationDegrees, double flipShare) {

        public Placing {
            if (scale.from() <= 0 || squeeze.from() <= 0) {
                throw new IllegalArgumentException("scale and squeeze must be above 0: " + scale + ", " + squeeze);
            }
            requireShare("flipShare", flipShare);
        }
    }
}
