package dev.capstan.model.images;

import java.util.Arrays;

/**
 * A square picture as a model takes it: eight bits a channel, rows of red, green, blue. Compact, so that many can wait
 * for their batch; the mean and the deviation are applied when a batch is laid out. Immutable.
 */
public final class PixelImage {
    public static final int CHANNELS = 3;

    private final int size;
    private final byte[] rgb;

    /**
     * @param size side in pixels
     * @param rgb {@code size * size * 3} bytes, which are copied
     */
    public PixelImage(int size, byte[] rgb) {
        if (size <= 0 || rgb.length != size * size * CHANNELS) {
            throw new IllegalArgumentException(rgb.length + " bytes are no picture of side " + size);
        }
        this.size = size;
        this.rgb = rgb.clone();
    }

    /** Side in pixels. */
    public int size() {
        return size;
    }

    /** Red, green or blue of a pixel, 0..255. */
    public int channel(int row, int column, int channel) {
        return Byte.toUnsignedInt(rgb[(row * size + column) * CHANNELS + channel]);
    }

    /** The pixels, row by row; not a copy, for the batch layout in this module. */
    byte[] pixels() {
        return rgb;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PixelImage that && size == that.size && Arrays.equals(rgb, that.rgb);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(rgb);
    }
}
