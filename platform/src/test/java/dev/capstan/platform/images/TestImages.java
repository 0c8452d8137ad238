package dev.capstan.platform.images;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import javax.imageio.ImageIO;

/** Pictures for tests: left half red, right half blue. */
final class TestImages {
    static final Color RED = new Color(220, 20, 20);
    static final Color BLUE = new Color(20, 20, 220);

    private TestImages() {}

    /** A file of this package's test resources. */
    static ByteBuffer resource(String name) {
        try (InputStream input =
                Objects.requireNonNull(TestImages.class.getResourceAsStream("/images/" + name), name)) {
            return ByteBuffer.wrap(input.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ByteBuffer halves(String format, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(RED);
        graphics.fillRect(0, 0, width, height);
        graphics.setColor(BLUE);
        graphics.fillRect(width / 2, 0, width - width / 2, height);
        graphics.dispose();
        return encode(format, image);
    }

    static ByteBuffer encode(String format, BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, format, bytes)) {
                throw new IllegalArgumentException("no writer for " + format + " and " + image);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }

    static ByteBuffer truncated(ByteBuffer file, double fraction) {
        byte[] bytes = new byte[(int) (file.remaining() * fraction)];
        file.get(file.position(), bytes);
        return ByteBuffer.wrap(bytes);
    }
}
