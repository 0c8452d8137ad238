package dev.capstan.model.images;

import dev.capstan.model.ModelArchitecture;
import java.nio.FloatBuffer;
import java.util.List;

/** Lays pictures out as the image encoder reads them: channels last, normalised by the architecture's statistics. */
public final class PixelBatch {
    private static final int LEVELS = 256;

    private final int size;
    /** Normalised value of each level of each channel. */
    private final float[][] values = new float[PixelImage.CHANNELS][LEVELS];

    public PixelBatch(ModelArchitecture.ImageEncoder config) {
        this.size = config.size();
        for (int channel = 0; channel < PixelImage.CHANNELS; channel++) {
            for (int level = 0; level < LEVELS; level++) {
                values[channel][level] = (level / 255f - config.mean().get(channel))
                        / config.standardDeviation().get(channel);
            }
        }
    }

    /** Floats that a batch takes. */
    public int floats(int images) {
        return Math.multiplyExact(images, size * size * PixelImage.CHANNELS);
    }

    /**
     * Writes pictures as N x H x W x C.
     *
     * @throws IllegalArgumentException if a picture has another size than the encoder's input
     */
    public void write(List<PixelImage> images, FloatBuffer target) {
        float[] red = values[0];
        float[] green = values[1];
        float[] blue = values[2];
        float[] row = new float[size * size * PixelImage.CHANNELS];
        for (PixelImage image : images) {
            if (image.size() != size) {
                throw new IllegalArgumentException(
                        "a picture of side " + image.size() + " for an encoder of side " + size);
            }
            byte[] pixels = image.pixels();
            for (int i = 0; i < row.length; i += PixelImage.CHANNELS) {
                row[i] = red[pixels[i] & 0xff];
                row[i + 1] = green[pixels[i + 1] & 0xff];
                row[i + 2] = blue[pixels[i + 2] & 0xff];
            }
            target.put(row);
        }
    }
}
