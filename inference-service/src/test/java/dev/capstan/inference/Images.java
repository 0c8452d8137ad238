package dev.capstan.inference;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import javax.imageio.ImageIO;

/** Image files for tests. */
final class Images {
    private static final int SIDE = 8;

    private Images() {}

    /** A PNG of one colour whose red is given. */
    static ByteBuffer png(int red) {
        return png(red, SIDE, SIDE);
    }

    /** A PNG of one colour and a given size. */
    static ByteBuffer png(int red, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, red << 16);
            }
        }
        return png(image);
    }

    static ByteBuffer png(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }
}
