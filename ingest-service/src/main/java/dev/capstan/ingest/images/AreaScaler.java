package dev.capstan.ingest.images;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.Arrays;

/**
 * Makes pictures smaller by averaging areas: each target pixel is the mean of the source rectangle that it covers, border
 * pixels counted by the part that lies inside. Plain arithmetic, so that the same picture gives the same bytes everywhere.
 */
public final class AreaScaler {

    private static final int CHANNELS = 3;

    private AreaScaler() {}

    /**
     * The picture with its longer side at most so long; the picture itself if it is no longer.
     *
     * @param image of type {@link BufferedImage#TYPE_INT_RGB}
     */
    public static BufferedImage within(BufferedImage image, int maxSide) {
        int longer = Math.max(image.getWidth(), image.getHeight());
        if (longer <= maxSide) {
            return image;
        }
        double scale = (double) maxSide / longer;
        int width = Math.max(1, (int) Math.round(image.getWidth() * scale));
        int height = Math.max(1, (int) Math.round(image.getHeight() * scale));
        return to(image, width, height);
    }

    /**
     * The picture in exactly this size, whatever becomes of its aspect.
     *
     * @param image of type {@link BufferedImage#TYPE_INT_RGB}
     */
    public static BufferedImage to(BufferedImage image, int width, int height) {
        int[] source = pixels(image);
        BufferedImage scaled = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] target = pixels(scaled);
        Span[] columns = spans(image.getWidth(), width);
        Span[] rows = spans(image.getHeight(), height);
        double[] narrow = new double[width * CHANNELS];
        double[] sum = new double[width * CHANNELS];
        int narrowed = -1;
        for (int y = 0; y < height; y++) {
            Arrays.fill(sum, 0);
            for (int row = rows[y].first(); row <= rows[y].last(); row++) {
                // The last row of one target row is often the first of the next.
                if (row != narrowed) {
                    narrow(source, row * image.getWidth(), columns, narrow);
                    narrowed = row;
                }
                double weight = rows[y].weight(row);
                for (int index = 0; index < sum.length; index++) {
                    sum[index] += weight * narrow[index];
                }
            }
            for (int x = 0; x < width; x++) {
                int at = x * CHANNELS;
                target[y * width + x] = rounded(sum[at]) << 16 | rounded(sum[at + 1]) << 8 | rounded(sum[at + 2]);
            }
        }
        return scaled;
    }

    private static void narrow(int[] source, int start, Span[] columns, double[] narrow) {
        for (int x = 0; x < columns.length; x++) {
            Span span = columns[x];
            double red = 0;
            double green = 0;
            double blue = 0;
            for (int column = span.first(); column <= span.last(); column++) {
                int pixel = source[start + column];
                double weight = span.weight(column);
                red += weight * (pixel >> 16 & 0xFF);
                green += weight * (pixel >> 8 & 0xFF);
                blue += weight * (pixel & 0xFF);
            }
            narrow[x * CHANNELS] = red;
            narrow[x * CHANNELS + 1] = green;
            narrow[x * CHANNELS + 2] = blue;
        }
    }

    private static Span[] spans(int from, int to) {
        double size = (double) from / to;
        Span[] spans = new Span[to];
        for (int index = 0; index < to; index++) {
            double start = index * size;
            double end = Math.min(from, start + size);
            int first = (int) start;
            int last = Math.min(from - 1, (int) Math.ceil(end) - 1);
            if (last <= first) {
                spans[index] = new Span(first, first, 1, 0, 1);
                continue;
            }
            double inner = 1 / size;
            spans[index] = new Span(first, last, (first + 1 - start) * inner, inner, (end - last) * inner);
        }
        return spans;
    }

    private static int rounded(double value) {
        return Math.min(255, (int) (value + 0.5));
    }

    private static int[] pixels(BufferedImage image) {
        if (image.getType() != BufferedImage.TYPE_INT_RGB) {
            throw new IllegalArgumentException("the picture must be of TYPE_INT_RGB, not " + image.getType());
        }
        return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    }

    /** Source pixels first to last that one target pixel covers, with the share of each in it. */
    private record Span(int first, int last, double firstWeight, double innerWeight, double lastWeight) {
        double weight(int position) {
            if (position == first) {
                return firstWeight;
            }
            return position == last ? lastWeight : innerWeight;
        }
    }
}
