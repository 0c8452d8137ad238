package dev.capstan.corpora;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;

/** Makes images smaller by averaging all the pixels that fall into one: no aliasing, whatever the factor. */
final class Reduction {

    private static final int PLANES = 4;

    private Reduction() {}

    /**
     * The image with transparent premultiplied pixels, its longer side at most {@code sidePixels}.
     */
    static BufferedImage toSide(BufferedImage image, int sidePixels) {
        BufferedImage source = premultiplied(image);
        int longer = Math.max(source.getWidth(), source.getHeight());
        if (longer <= sidePixels) {
            return source;
        }
        int width = Math.max(1, Math.round((float) source.getWidth() * sidePixels / longer));
        int height = Math.max(1, Math.round((float) source.getHeight() * sidePixels / longer));
        BufferedImage reduced = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB_PRE);
        int[] from = ((DataBufferInt) source.getRaster().getDataBuffer()).getData();
        int[] to = ((DataBufferInt) reduced.getRaster().getDataBuffer()).getData();
        double stepX = (double) source.getWidth() / width;
        double stepY = (double) source.getHeight() / height;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                to[y * width + x] = average(from, source.getWidth(), x * stepX, y * stepY, stepX, stepY);
            }
        }
        return reduced;
    }

    /** The mean of a rectangle, in which border pixels count by the part that lies inside. */
    private static int average(int[] pixels, int rowLength, double left, double top, double width, double height) {
        double right = left + width;
        double bottom = top + height;
        double[] sums = new double[PLANES];
        int rows = pixels.length / rowLength;
        for (int y = (int) top; y < Math.min(bottom, rows); y++) {
            double coveredY = Math.min(bottom, y + 1.0) - Math.max(top, y);
            for (int x = (int) left; x < Math.min(right, rowLength); x++) {
                double covered = coveredY * (Math.min(right, x + 1.0) - Math.max(left, x));
                int pixel = pixels[y * rowLength + x];
                for (int plane = 0; plane < PLANES; plane++) {
                    sums[plane] += covered * ((pixel >>> (8 * plane)) & 0xff);
                }
            }
        }
        int mean = 0;
        for (int plane = 0; plane < PLANES; plane++) {
            mean |= (int) Math.round(sums[plane] / (width * height)) << (8 * plane);
        }
        return mean;
    }

    private static BufferedImage premultiplied(BufferedImage image) {
        BufferedImage copy = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_ARGB_PRE);
        Graphics2D graphics = copy.createGraphics();
        graphics.drawImage(image, 0, 0, null);
        graphics.dispose();
        return copy;
    }
}
