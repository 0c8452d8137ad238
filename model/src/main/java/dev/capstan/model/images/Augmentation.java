package dev.capstan.model.images;

/**
 * How far a training picture may stray from the original.
 *
 * @param smallestCrop least share of the picture's shorter side that a crop keeps, 0..1; 1 crops nothing
 * @param aspect largest ratio by which a crop is stretched, from 1 on
 * @param rotation largest turn in degrees
 * @param flip probability of a mirror image; 0 where left and right mean something
 * @param brightness largest change of brightness, as a share of the full range
 * @param contrast largest relative change of contrast
 * @param saturation largest relative change of saturation
 * @param hue largest turn of the hue in degrees
 * @param noise largest standard deviation of added noise, as a share of the full range
 */
public record Augmentation(
        double smallestCrop,
        double aspect,
        double rotation,
        double flip,
        double brightness,
        double contrast,
        double saturation,
        double hue,
        double noise) {
    public Augmentation {
        require(smallestCrop > 0 && smallestCrop <= 1, "smallestCrop must be in 0..1");
        require(aspect >= 1 && aspect <= 4, "aspect must be in 1..4");
        require(rotation >= 0 && rotation <= 180, "rotation must be in 0..180");
        require(flip >= 0 && flip <= 1, "flip must be in 0..1");
        require(brightness >= 0 && brightness < 1, "brightness must be in 0..1");
        require(contrast >= 0 && contrast < 1, "contrast must be in 0..1");
        require(saturation >= 0 && saturation <= 1, "saturation must be in 0..1");
        require(hue >= 0 && hue <= 180, "hue must be in 0..180");
        require(noise >= 0 && noise < 1, "noise must be in 0..1");
    }

    /** Leaves pictures as they are. */
    public static Augmentation none() {
        return new Augmentation(1, 1, 0, 0, 0, 0, 0, 0, 0);
    }

    /** A random square crop and nothing else, as CLIP does (arXiv 2103.00020, section 2.3). */
    public static Augmentation crop(double smallestCrop) {
        return new Augmentation(smallestCrop, 1, 0, 0, 0, 0, 0, 0, 0);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
