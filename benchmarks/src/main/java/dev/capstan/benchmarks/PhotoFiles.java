package dev.capstan.benchmarks;

import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.FileImageOutputStream;

/**
 * JPEG files that cost a decoder what photographs cost it: noise of every scale, the coarser the stronger, in three colours, with
 * discs that have hard edges; longer side 400 to 1000 px, quality 0.85, 1.3 bits a pixel. The same count makes the same files.
 */
final class PhotoFiles {
    private static final int SHORTEST = 400;
    private static final int LONGEST = 1000;
    private static final int COARSEST = 256;
    private static final int DISCS = 6;
    private static final float QUALITY = 0.85f;

    private PhotoFiles() {}

    static void write(Path directory, int count) throws IOException {
        Files.createDirectories(directory);
        long bytes = 0;
        long pixels = 0;
        for (int number = 0; number < count; number++) {
            Random random = new Random(number);
            int longer = SHORTEST + random.nextInt(LONGEST - SHORTEST + 1);
            int shorter = (int) (longer * (0.6 + 0.4 * random.nextDouble()));
            boolean upright = random.nextInt(3) == 0;
            BufferedImage picture = picture(random, upright ? shorter : longer, upright ? longer : shorter);
            Path file = directory.resolve(String.format(Locale.ROOT, "photo-%06d.jpg", number));
            write(picture, file);
            bytes += Files.size(file);
            pixels += (long) longer * shorter;
        }
        System.out.printf(
                Locale.ROOT,
                "%d files, %.0f KB and %.2f megapixels each, %.2f bits a pixel%n",
                count,
                bytes / 1e3 / count,
                pixels / 1e6 / count,
                8.0 * bytes / pixels);
    }

    private static BufferedImage picture(Random random, int width, int height) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        for (int cell = COARSEST; cell >= 1; cell /= 2) {
            graphics.setComposite(AlphaComposite.SrcOver.derive(cell == COARSEST ? 1 : strength(cell)));
            graphics.drawImage(
                    noise(random, width / cell + 2, height / cell + 2), 0, 0, width + cell, height + cell, null);
            if (cell == COARSEST / 8) {
                discs(random, graphics, width, height);
            }
        }
        graphics.dispose();
        return picture;
    }

    private static float strength(int cell) {
        return (float) (0.07 + 0.3 * Math.sqrt((double) cell / COARSEST));
    }

    private static BufferedImage noise(Random random, int width, int height) {
        BufferedImage noise = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                // Mostly of brightness, less of colour, as in a photograph.
                int light = random.nextInt(160);
                int tint = random.nextInt(1 << 18);
                int red = light + (tint & 63);
                int green = light + (tint >> 6 & 63);
                int blue = light + (tint >> 12 & 63);
                noise.setRGB(x, y, (red << 16) | (green << 8) | blue);
            }
        }
        return noise;
    }

    private static void discs(Random random, Graphics2D graphics, int width, int height) {
        graphics.setComposite(AlphaComposite.SrcOver);
        for (int disc = 0; disc < DISCS; disc++) {
            int size = 20 + random.nextInt(width / 4);
            graphics.setColor(new Color(random.nextInt(1 << 24)));
            graphics.fillOval(random.nextInt(width) - size / 2, random.nextInt(height) - size / 2, size, size);
        }
    }

    private static void write(BufferedImage picture, Path file) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        Files.deleteIfExists(file);
        try (FileImageOutputStream output = new FileImageOutputStream(file.toFile())) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(QUALITY);
            writer.setOutput(output);
            writer.write(null, new IIOImage(picture, null, null), parameters);
        } finally {
            writer.dispose();
        }
    }
}
