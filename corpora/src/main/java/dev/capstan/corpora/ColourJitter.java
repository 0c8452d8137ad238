package dev.capstan.corpora;

import java.util.random.RandomGenerator;

/**
 * One linear change of all colours of an image: saturation and hue about the grey axis, then contrast about the middle
 * grey, then brightness. In fixed point, because it touches every pixel.
 */
final class ColourJitter {

    private static final int SHIFT = 12;
    private static final int ONE = 1 << SHIFT;

    /** Row by row: how much of red, green and blue goes into each channel. */
    private final int[] matrix;

    private final int offset;

    private ColourJitter(int[] matrix, int offset) {
        this.matrix = matrix;
        this.offset = offset;
    }

    static ColourJitter draw(RenderingRecipe recipe, RandomGenerator random) {
        double brightness = recipe.brightness().draw(random);
        double contrast = recipe.contrast().draw(random);
        double saturation = recipe.saturation().draw(random);
        double angle = Math.toRadians(recipe.hueDegrees().draw(random));
        double cosine = Math.cos(angle);
        double sine = Math.sin(angle) / Math.sqrt(3);
        int[] matrix = new int[9];
        for (int row = 0; row < 3; row++) {
            for (int column = 0; column < 3; column++) {
                // Rotation about (1, 1, 1) by Rodrigues' formula, then a stretch of what is not grey.
                double rotated = (1 - cosine) / 3;
                if (row == column) {
                    rotated += cosine;
                } else if ((row + 1) % 3 == column) {
                    rotated -= sine;
                } else {
                    rotated += sine;
                }
                double stretched = saturation * rotated + (1 - saturation) / 3;
                matrix[3 * row + column] = (int) Math.round(ONE * contrast * stretched);
            }
        }
        double middle = 127.5;
        double offset = middle * (1 - contrast) + 255 * brightness + 0.5;
        return new ColourJitter(matrix, (int) Math.round(ONE * offset));
    }

    /**
     * @param pixels 0xRRGGBB, changed in place
     * @param grain largest random deviation of a pixel's brightness, in units of the full range
     */
    void apply(int[] pixels, double grain, RandomGenerator random) {
        int reach = (int) Math.round(grain * 255);
        int span = 2 * reach + 1;
        for (int at = 0; at < pixels.length; at++) {
            int pixel = pixels[at];
            int red = (pixel >> 16) & 0xff;
            int green = (pixel >> 8) & 0xff;
            int blue = pixel & 0xff;
            int deviation = reach == 0 ? 0 : (((random.nextInt() & 0xffff) * span) >> 16) - reach;
            int newRed = ((matrix[0] * red + matrix[1] * green + matrix[2] * blue + offset) >> SHIFT) + deviation;
            int newGreen = ((matrix[3] * red + matrix[4] * green + matrix[5] * blue + offset) >> SHIFT) + deviation;
            int newBlue = ((matrix[6] * red + matrix[7] * green + matrix[8] * blue + offset) >> SHIFT) + deviation;
            pixels[at] = (clamped(newRed) << 16) | (clamped(newGreen) << 8) | clamped(newBlue);
        }
    }

    static int clamped(int channel) {
        return Math.max(0, Math.min(255, channel));
    }
}
