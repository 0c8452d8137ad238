package dev.capstan.ingest.images;

import java.awt.image.BufferedImage;

/**
 * The 64-bit difference hash: the picture in 9 x 8 grey values, and one bit for each pair of neighbours in a row, set if
 * it gets brighter from left to right. Row by row, the first bit is the highest. Pictures that look alike differ in few
 * bits.
 */
public final class DifferenceHash {

    private static final int COLUMNS = 9;
    private static final int ROWS = 8;

    private DifferenceHash() {}

    /** The hash of a picture of type {@link BufferedImage#TYPE_INT_RGB}. */
    public static long of(BufferedImage image) {
        BufferedImage small = AreaScaler.to(image, COLUMNS, ROWS);
        long hash = 0;
        for (int y = 0; y < ROWS; y++) {
            for (int x = 0; x + 1 < COLUMNS; x++) {
                hash = hash << 1 | (luma(small.getRGB(x, y)) < luma(small.getRGB(x + 1, y)) ? 1 : 0);
            }
        }
        return hash;
    }

    /** In thousandths, so that no rounding decides a bit. */
    private static int luma(int pixel) {
        return 299 * (pixel >> 16 & 0xFF) + 587 * (pixel >> 8 & 0xFF) + 114 * (pixel & 0xFF);
    }
}
