package dev.capstan.corpora;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** Small corpora and files for tests. */
final class TestPictures {

    static final String HELD_OUT = "third";
    static final List<String> VENDORS = List.of("first", "second", HELD_OUT);

    private TestPictures() {}

    /** Four known and two new concepts, drawn as blots by three vendors. */
    static Pictures small() {
        return new Pictures(
                "blots",
                VENDORS,
                List.of(
                        concept("spade", Novelty.KNOWN, 0xff112233),
                        concept("bucket", Novelty.KNOWN, 0xff992233),
                        concept("rake", Novelty.KNOWN, 0xff119933),
                        concept("hoe", Novelty.KNOWN, 0xff112299),
                        concept("newt", Novelty.NEW, 0xffeeaa00),
                        concept("toad", Novelty.NEW, 0xff00aaee)));
    }

    static SampleRecipe recipe() {
        return new SampleRecipe(HELD_OUT, RenderingRecipe.crawl(), TextRecipe.emoji());
    }

    static Concept concept(String name, Novelty novelty, int argb) {
        Map<String, Picture> pictures = new LinkedHashMap<>();
        for (int at = 0; at < VENDORS.size(); at++) {
            int size = 20 + 4 * at;
            pictures.put(VENDORS.get(at), random -> blot(size, argb));
        }
        return new Concept(
                name, List.of("garden", name + " thing", "outdoors"), "test", "blot", novelty, true, pictures);
    }

    /** A disc on a transparent square. */
    static BufferedImage blot(int side, int argb) {
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_ARGB_PRE);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(new Color(argb, true));
        graphics.fillOval(1, 1, side - 2, side - 2);
        graphics.dispose();
        return image;
    }

    static byte[] png(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    static BufferedImage decode(ByteBuffer file) throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(bytes(file)));
        if (image == null) {
            throw new IOException("no reader takes it");
        }
        return image;
    }

    static String digest(ByteBuffer file) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
