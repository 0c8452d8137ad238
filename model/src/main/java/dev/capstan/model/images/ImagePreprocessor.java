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

    /**
     * The shorter side resampled bicubically to the model's size, the middle square cut out: CLIP's preprocessing, in one
     * pass. The longer side and the cut are rounded to pixels as torchvision's Resize and CenterCrop do.
     */
    public PixelImage forEvaluation(BufferedImage image) {
        Raster source = Raster.of(image);
        int shorter = Math.min(source.width(), source.height());
        Span across = Span.of(source.width(), shorter, size);
        Span down = Span.of(source.height(), shorter, size);
        return toPixels(
                Resampler.resample(source, across.start(), down.start(), across.length(), down.length(), size, size));
    }

    /** What the middle square takes of one side, in pixels of the source. */
    private record Span(double start, double length) {
        static Span of(int side, int shorter, int size) {
            long scaled = (long) size * side / shorter;
            double step = (double) side / scaled;
            return new Span(Math.rint((scaled - size) / 2.0) * step, size * step);
        }
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
