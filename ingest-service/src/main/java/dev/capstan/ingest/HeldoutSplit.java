package dev.capstan.ingest;

import java.util.HexFormat;

/**
 * Holds a fixed fraction of images out of training, by the hash of their content alone: a picture is on one side whatever
 * its texts and whenever it comes.
 *
 * @param fraction from 0 to 1
 */
record HeldoutSplit(double fraction) {

    private static final int PREFIX_DIGITS = 13;
    // 13 hex digits are 52 bits, which a double holds exactly.
    private static final double PREFIXES = 1L << (4 * PREFIX_DIGITS);

    /**
     * Whether the image is held out.
     *
     * @param contentDigest hex SHA-256 of the image as crawled
     */
    boolean holdsOut(String contentDigest) {
        long prefix = HexFormat.fromHexDigitsToLong(contentDigest, 0, PREFIX_DIGITS);
        return (double) prefix / PREFIXES < fraction;
    }
}
