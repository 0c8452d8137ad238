package dev.capstan.platform.images;

import java.util.EnumSet;
import java.util.Set;

/**
 * How much one image file may cost.
 *
 * @param maxBytes largest file in bytes ({@code max-image-bytes})
 * @param maxPixels largest width times height that the file may declare ({@code max-image-pixels})
 * @param maxDecodedPixels most pixels that are kept of one image: a larger one is read with every n-th pixel of every
 *     n-th row only. Heap of one decode is at most about twelve bytes for each of them (sixteen-bit PNG with alpha)
 * @param formats formats that are read
 * @param background colour under transparent pixels, 0xRRGGBB
 */
public record ImageLimits(
        int maxBytes, long maxPixels, int maxDecodedPixels, Set<ImageFormat> formats, int background) {

    public static final int WHITE = 0xFFFFFF;
    public static final int DEFAULT_MAX_DECODED_PIXELS = 4 << 20;

    public ImageLimits {
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes must be positive: " + maxBytes);
        }
        if (maxPixels < 1) {
            throw new IllegalArgumentException("maxPixels must be positive: " + maxPixels);
        }
        if (maxDecodedPixels < 1) {
            throw new IllegalArgumentException("maxDecodedPixels must be positive: " + maxDecodedPixels);
        }
        if (formats.isEmpty()) {
            throw new IllegalArgumentException("formats must not be empty");
        }
        if ((background & 0xFF000000) != 0) {
            throw new IllegalArgumentException("background must be 0xRRGGBB: " + Integer.toHexString(background));
        }
        formats = Set.copyOf(formats);
    }

    /** Limits with the default bound of decoded pixels, over white. */
    public ImageLimits(int maxBytes, long maxPixels, Set<ImageFormat> formats) {
        this(maxBytes, maxPixels, DEFAULT_MAX_DECODED_PIXELS, formats, WHITE);
    }

    /** Every format. */
    public static Set<ImageFormat> allFormats() {
        return EnumSet.allOf(ImageFormat.class);
    }
}
