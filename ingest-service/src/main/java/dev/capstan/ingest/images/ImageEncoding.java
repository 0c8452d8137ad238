package dev.capstan.ingest.images;

import dev.capstan.platform.images.ImageFormat;
import java.awt.image.BufferedImage;

/** How the pictures of curated pairs are encoded. */
public enum ImageEncoding {
    /** Without loss: right for drawings and small pictures. */
    PNG(ImageFormat.PNG) {
        @Override
        byte[] write(BufferedImage image, double quality) {
            return PngWriter.write(image);
        }
    },
    /** With loss: photographs take a fraction of the bytes. */
    JPEG(ImageFormat.JPEG) {
        @Override
        byte[] write(BufferedImage image, double quality) {
            return JpegWriter.write(image, (float) quality);
        }
    };

    private final ImageFormat format;

    ImageEncoding(ImageFormat format) {
        this.format = format;
    }

    abstract byte[] write(BufferedImage image, double quality);

    /** The format's name in records, for example "png". */
    public String label() {
        return format.label();
    }

    /**
     * The file.
     *
     * @param image of type {@link BufferedImage#TYPE_INT_RGB}
     * @param quality from 0 to 1 for encodings with loss; the others pay it no heed
     */
    public byte[] encode(BufferedImage image, double quality) {
        return write(image, quality);
    }
}
