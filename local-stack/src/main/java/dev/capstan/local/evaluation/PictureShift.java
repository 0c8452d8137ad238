package dev.capstan.local.evaluation;

import java.awt.image.BufferedImage;
import java.util.SplittableRandom;

/** Changes of all pictures, to see how much of what a model can do survives them. */
public enum PictureShift {
    /** Pictures as they are. */
    NONE {
        @Override
        BufferedImage apply(BufferedImage image, long seed) {
            return image;
        }
    },
    /** Without colour: the luminance of ITU-R BT.601. */
    GREY {
        @Override
        BufferedImage apply(BufferedImage image, long seed) {
            return changed(image, (x, y) -> {
                int rgb = image.getRGB(x, y);
                int grey = (299 * ((rgb >> 16) & 0xff) + 587 * ((rgb >> 8) & 0xff) + 114 * (rgb & 0xff) + 500) / 1000;
                return grey * 0x010101;
            });
        }
    },
    /** Each pixel the mean of a square about it, a twentieth of the shorter side to each direction. */
    BLUR {
        @Override
        BufferedImage apply(BufferedImage image, long seed) {
            int reach = Math.max(1, Math.min(image.getWidth(), image.getHeight()) / 20);
            // A square's mean is that of its rows' means, so that one side after the other will do.
            BufferedImage rows = changed(image, (x, y) -> mean(image, x - reach, x + reach, y, y));
            return changed(rows, (x, y) -> mean(rows, x, x, y - reach, y + reach));
        }
    },
    /** Normal noise of a deviation of 50 levels on each channel. */
    NOISE {
        @Override
        BufferedImage apply(BufferedImage image, long seed) {
            SplittableRandom random = new SplittableRandom(seed);
            return changed(image, (x, y) -> {
                int rgb = image.getRGB(x, y);
                int noisy = 0;
                for (int shift = 16; shift >= 0; shift -= 8) {
                    long level = Math.round(((rgb >> shift) & 0xff) + NOISE_DEVIATION * random.nextGaussian());
                    noisy |= (int) Math.max(0, Math.min(255, level)) << shift;
                }
                return noisy;
            });
        }
    };

    private static final double NOISE_DEVIATION = 50;

    /** @param seed of what chance there is: the same seed gives the same picture */
    abstract BufferedImage apply(BufferedImage image, long seed);

    private interface Pixel {
        int at(int x, int y);
    }

    private static BufferedImage changed(BufferedImage image, Pixel pixel) {
        BufferedImage result = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                result.setRGB(x, y, pixel.at(x, y));
            }
        }
        return result;
    }

    /** Mean of the pixels within the picture from one corner to the other, both included. */
    private static int mean(BufferedImage image, int left, int right, int top, int bottom) {
        int[] sums = new int[3];
        int count = 0;
        for (int y = Math.max(0, top); y <= Math.min(bottom, image.getHeight() - 1); y++) {
            for (int x = Math.max(0, left); x <= Math.min(right, image.getWidth() - 1); x++) {
                int rgb = image.getRGB(x, y);
                sums[0] += (rgb >> 16) & 0xff;
                sums[1] += (rgb >> 8) & 0xff;
                sums[2] += rgb & 0xff;
                count++;
            }
        }
        return ((sums[0] / count) << 16) | ((sums[1] / count) << 8) | (sums[2] / count);
    }
}
