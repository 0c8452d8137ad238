package dev.capstan.ingest;

import dev.capstan.schemas.records.CrawledPair;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;

/** Crawled pairs for tests. A seed stands for a picture: the same seed, the same bytes. */
final class TestPairs {
    static final Instant CRAWLED_AT = Instant.parse("2026-01-02T03:04:05Z");

    private TestPairs() {}

    static CrawledPair pair(String id, String text, ByteBuffer image) {
        return CrawledPair.newBuilder()
                .setPairId(id)
                .setSourceUrl("https://pictures.example/" + id)
                .setText(text)
                .setImage(image)
                .setContentType("image/png")
                .setHeaders(Map.of())
                .setSource("test")
                .setCrawledAt(CRAWLED_AT)
                .build();
    }

    static CrawledPair good(int seed) {
        return pair("pair-" + seed, "a picture of thing number " + seed, picture(seed, 48, 48));
    }

    /** Coloured discs on a ground, as a PNG. */
    static ByteBuffer picture(int seed, int width, int height) {
        return encoded("png", drawing(seed, width, height));
    }

    static BufferedImage drawing(int seed, int width, int height) {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(new Color(random.nextInt(1 << 24)));
        graphics.fillRect(0, 0, width, height);
        for (int disc = 0; disc < 6; disc++) {
            graphics.setColor(new Color(random.nextInt(1 << 24)));
            int side = 4 + random.nextInt(width / 2);
            graphics.fillOval(random.nextInt(width), random.nextInt(height), side, side);
        }
        graphics.dispose();
        return image;
    }

    /** Pixels that no encoding makes smaller. */
    static ByteBuffer noise(int seed, int side) {
        Random random = new Random(seed);
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        for (int index = 0; index < side * side; index++) {
            image.setRGB(index % side, index / side, random.nextInt(1 << 24));
        }
        return encoded("png", image);
    }

    static ByteBuffer encoded(String format, BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, format, bytes)) {
                throw new IllegalArgumentException("no writer for " + format);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }
}
