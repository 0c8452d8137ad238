package dev.capstan.corpora;

import java.util.random.RandomGenerator;

/**
 * One linear change of all colours of a picture: saturation and hue about the grey axis, then a factor for each
 * channel, contrast about the middle grey, and brightness. In fixed point, because it touches every pixel.
 */
final class ColourJitter {

    private static final int SHIFT = 12;
    private static final int ONE = 1 << SHIFT;
    private static final int CHANNELS = 3;

    /** Row by row: how much of red, green and blue goes into each channel. */
    private final int[] matrix;

    private final int offset;

    private ColourJitter(int[] matrix, int offset) {
        this.matrix = matrix;
        this.offset = offset;
    }

    static ColourJitter draw(RenderingRecipe.Colours colours, RandomGenerator random) {
        double brightness = colours.brightness().draw(random);
        double contrast = colours.contrast().draw(random);
        double saturation = colours.saturation().draw(random);
        if (random.nextDouble() < colours.greyShare()) {
            saturation = 0;
        }
        double angle = Math.toRadians(colours.hueDegrees().draw(random));
        double cosine = Math.cos(angle);
        double sine = Math.sin(angle) / Math.sqrt(CHANNELS);
        int[] matrix = new int[CHANNELS * CHANNELS];
        for (int row = 0; row < CHANNELS; row++) {
            double gain = contrast * (1 + colours.tint().draw(random));
            for (int column = 0; column < CHANNELS; column++) {
                // Rotation about (1, 1, 1) by Rodrigues' formula, then a stretch of what is not grey.
                double rotated = (1 - cosine) / CHANNELS;
                if (row == column) {
                    rotated += cosine;
                } else if ((row + 1) % CHANNELS == column) {
                    rotated -= sine;
                } else {
                    rotated += sine;
                }
                double stretched = saturation * rotated + (1 - saturation) / CHANNELS;
                matrix[CHANNELS * row + column] = (int) Math.round(ONE * gain * stretched);
            }
        }
        return new ColourJitter(matrix, (int) Math.round(ONE * (0.5 * (1 - contrast) + brightness)));
    }

    /**
     * Changes a picture in place.
     *
     * @param pixels premultiplied 0xAARRGGBB
     */
    void apply(int[] pixels) {
        for (int at = 0; at < pixels.length; at++) {
            int pixel = pixels[at];
            int alpha = pixel >>> 24;
            if (alpha != 0) {
                int red = (pixel >> 16) & 0xff;
                int green = (pixel >> 8) & 0xff;
                int blue = pixel & 0xff;
                pixels[at] = (alpha << 24)
                        | (channel(0, red, green, blue, alpha) << 16)
                        | (channel(1, red, green, blue, alpha) << 8)
                        | channel(2, red, green, blue, alpha);
            }
        }
    }

    /** A premultiplied channel cannot exceed alpha. */
    private int channel(int row, int red, int green, int blue, int alpha) {
        int first = CHANNELS * row;
        int value = matrix[first] * red + matrix[first + 1] * green + matrix[first + 2] * blue + offset * alpha;
        return Math.max(0, Math.min(alpha, (value + ONE / 2) >> SHIFT));
    }
}
