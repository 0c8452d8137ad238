package dev.capstan.platform.images;

/**
 * What a file says of itself before any pixel is read.
 *
 * @param width width in pixels
 * @param height height in pixels
 */
public record ImageHeader(ImageFormat format, int width, int height) {

    public long pixels() {
        return (long) width * height;
    }

    public int shorterSide() {
        return Math.min(width, height);
    }

    /** The longer side divided by the shorter one, at least 1. */
    public double aspect() {
        return (double) Math.max(width, height) / shorterSide();
    }
}
