package dev.capstan.model.images;

import java.util.random.RandomGenerator;

/**
 * One draw of a change of colours: a 3 x 3 matrix (saturation, then a turn of the hue about the grey axis), contrast
 * about the middle, brightness, noise.
 */
final class ColorJitter {
    private static final int CHANNELS = PixelImage.CHANNELS;
    private static final double MIDDLE = 127.5;
    private static final double FULL = 255;
    /** Share of each channel in the luminance (ITU-R BT.601). */
    private static final double[] LUMINANCE = {0.299, 0.587, 0.114};

    private final float[] matrix;
    private final float offset;
    private final float noise;

    private ColorJitter(float[] matrix, float offset, float noise) {
        this.matrix = matrix;
        this.offset = offset;
        this.noise = noise;
    }

    static ColorJitter draw(Augmentation options, RandomGenerator random) {
        double saturation = 1 + RandomView.uniform(random, -options.saturation(), options.saturation());
        double hue = Math.toRadians(RandomView.uniform(random, -options.hue(), options.hue()));
        double contrast = 1 + RandomView.uniform(random, -options.contrast(), options.contrast());
        double brightness = FULL * RandomView.uniform(random, -options.brightness(), options.brightness());
        double noise = FULL * RandomView.uniform(random, 0, options.noise());
        double[][] product = multiply(turn(hue), saturate(saturation));
        float[] matrix = new float[CHANNELS * CHANNELS];
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = (float) (contrast * product[i / CHANNELS][i % CHANNELS]);
        }
        return new ColorJitter(matrix, (float) (brightness + MIDDLE * (1 - contrast)), (float) noise);
    }

    private static double[][] saturate(double saturation) {
        double[][] result = new double[CHANNELS][CHANNELS];
        for (int i = 0; i < CHANNELS; i++) {
            for (int j = 0; j < CHANNELS; j++) {
                result[i][j] = (1 - saturation) * LUMINANCE[j] + (i == j ? saturation : 0);
            }
        }
        return result;
    }

    /** Rotation about (1, 1, 1): grey stays grey. */
    private static double[][] turn(double angle) {
        double cos = Math.cos(angle);
        double third = (1 - cos) / 3;
        double side = Math.sqrt(1.0 / 3) * Math.sin(angle);
        return new double[][] {
            {cos + third, third - side, third + side},
            {third + side, cos + third, third - side},
            {third - side, third + side, cos + third}
        };
    }

    private static double[][] multiply(double[][] left, double[][] right) {
        double[][] result = new double[CHANNELS][CHANNELS];
        for (int i = 0; i < CHANNELS; i++) {
            for (int j = 0; j < CHANNELS; j++) {
                for (int k = 0; k < CHANNELS; k++) {
                    result[i][j] += left[i][k] * right[k][j];
                }
            }
        }
        return result;
    }

    /** Changes pixels in place. */
    void apply(float[] rgb, RandomGenerator random) {
        for (int i = 0; i < rgb.length; i += CHANNELS) {
            float red = rgb[i];
            float green = rgb[i + 1];
            float blue = rgb[i + 2];
            rgb[i] = matrix[0] * red + matrix[1] * green + matrix[2] * blue + offset;
            rgb[i + 1] = matrix[3] * red + matrix[4] * green + matrix[5] * blue + offset;
            rgb[i + 2] = matrix[6] * red + matrix[7] * green + matrix[8] * blue + offset;
        }
        if (noise > 0) {
            for (int i = 0; i < rgb.length; i++) {
                rgb[i] += noise * (float) random.nextGaussian();
            }
        }
    }
}
