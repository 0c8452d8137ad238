package dev.capstan.model.images;

import java.awt.image.BufferedImage;
import java.util.random.RandomGenerator;

/**
 * Turns decoded pictures into what a model takes. Stateless, so any thread may call it: it is meant to run ahead of the
 * model's thread.
 */
public final class ImagePreprocessor {
    private final int size;
    private final Augmentation augmentation;

    /**
     * @param size side of the model's input in pixels
     * @param augmentation for {@link #forTraining}
     */
    public ImagePreprocessor(int size, Augmentation augmentation) {
        if (size <= 0) {
            throw new IllegalArgumentException("size must be positive");
        }
        this.size = size;
        this.augmentation = augmentation;
    }

    /** The middle square, resampled bicubically: CLIP's preprocessing in one pass. */
    public PixelImage forEvaluation(BufferedImage image) {
        Raster source = Raster.of(image);
        double side = Math.min(source.width(), source.height());
        double left = (source.width() - side) / 2;
        double top = (source.height() - side) / 2;
        return toPixels(Resampler.resample(source, left, top, side, side, size, size));
    }

    /**
     * A random crop, turned and tinted as far as the augmentation allows.
     *
     * @param random the only source of chance: the same state gives the same picture
     */
    public PixelImage forTraining(BufferedImage image, RandomGenerator random) {
        Raster source = Raster.of(image);
        RandomView view = RandomView.draw(augmentation, source.width(), source.height(), random);
        Raster seen = view.take(source, size);
        ColorJitter.draw(augmentation, random).apply(seen.rgb(), random);
        return toPixels(seen);
    }

    private static PixelImage toPixels(Raster raster) {
        float[] values = raster.rgb();
        byte[] rgb = new byte[values.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) Math.max(0, Math.min(255, (int) (values[i] + 0.5f)));
        }
        return new PixelImage(raster.width(), rgb);
    }
}
