package dev.capstan.model.images;

import java.util.random.RandomGenerator;

/**
 * The part of a picture that one training step sees.
 *
 * @param left edge of the crop in pixels
 * @param top edge of the crop in pixels
 * @param width of the crop in pixels
 * @param height of the crop in pixels
 * @param mirrored whether left and right are exchanged
 * @param angle turn in radians
 */
record RandomView(double left, double top, double width, double height, boolean mirrored, double angle) {
    private static final int CHANNELS = PixelImage.CHANNELS;

    static RandomView draw(Augmentation options, int width, int height, RandomGenerator random) {
        double shorter = Math.min(width, height);
        double side = shorter * uniform(random, options.smallestCrop(), 1);
        double stretch = Math.exp(uniform(random, -1, 1) * Math.log(options.aspect()) / 2);
        double cropWidth = Math.min(width, side * stretch);
        double cropHeight = Math.min(height, side / stretch);
        double left = uniform(random, 0, width - cropWidth);
        double top = uniform(random, 0, height - cropHeight);
        boolean mirrored = random.nextDouble() < options.flip();
        double angle = Math.toRadians(uniform(random, -options.rotation(), options.rotation()));
        return new RandomView(left, top, cropWidth, cropHeight, mirrored, angle);
    }

    static double uniform(RandomGenerator random, double from, double to) {
        return from + (to - from) * random.nextDouble();
    }

    Raster take(Raster source, int size) {
        Raster crop = Resampler.resample(source, left, top, width, height, size, size);
        if (!mirrored && angle == 0) {
            return crop;
        }
        return turned(crop);
    }

    /** Turns about the middle and mirrors, bilinearly; what comes from outside repeats the edge. */
    private Raster turned(Raster crop) {
        int size = crop.width();
        float[] result = new float[crop.rgb().length];
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        double middle = (size - 1) / 2.0;
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                double dx = mirrored ? middle - x : x - middle;
                double dy = y - middle;
                double fromX = clamp(cos * dx - sin * dy + middle, size - 1);
                double fromY = clamp(sin * dx + cos * dy + middle, size - 1);
                bilinear(crop, fromX, fromY, result, (y * size + x) * CHANNELS);
            }
        }
        return new Raster(size, size, result);
    }

    private static double clamp(double value, double most) {
        return Math.max(0, Math.min(value, most));
    }

    private static void bilinear(Raster source, double x, double y, float[] target, int to) {
        int x0 = (int) x;
        int y0 = (int) y;
        int x1 = Math.min(x0 + 1, source.width() - 1);
        int y1 = Math.min(y0 + 1, source.height() - 1);
        float wx = (float) (x - x0);
        float wy = (float) (y - y0);
        float[] rgb = source.rgb();
        int stride = source.width() * CHANNELS;
        for (int channel = 0; channel < CHANNELS; channel++) {
            float upper = rgb[y0 * stride + x0 * CHANNELS + channel] * (1 - wx)
                    + rgb[y0 * stride + x1 * CHANNELS + channel] * wx;
            float lower = rgb[y1 * stride + x0 * CHANNELS + channel] * (1 - wx)
                    + rgb[y1 * stride + x1 * CHANNELS + channel] * wx;
            target[to + channel] = upper * (1 - wy) + lower * wy;
        }
    }
}
