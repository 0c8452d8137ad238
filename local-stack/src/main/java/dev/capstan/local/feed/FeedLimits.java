package dev.capstan.local.feed;

/**
 * What a feed takes at most. Whatever is larger is passed over, and never held in memory.
 *
 * @param imageBytes largest picture file
 * @param textBytes largest text beside a picture, largest text of a pair
 * @param rowBytes largest row of a table, largest entry of metadata
 */
public record FeedLimits(int imageBytes, int textBytes, int rowBytes) {
    private static final int MEBIBYTE = 1024 * 1024;
    private static final int LARGEST = 64 * MEBIBYTE;

    /** Most entries of one directory: their names are sorted in memory. */
    static final int DIRECTORY_ENTRIES = 1_000_000;

    /** Largest web page; the rest of a larger one is not looked at. */
    static final int PAGE_BYTES = 2 * MEBIBYTE;

    /** Most pairs of one web page. */
    static final int PAGE_PAIRS = 1_000;

    /** Most pictures of one WARC file that are found again by their address; the others are fetched. */
    static final int INDEXED_PICTURES = 2_000_000;

    /** Most compressed bytes of a row group's two columns. */
    static final long ROW_GROUP_BYTES = 96L * MEBIBYTE;

    /** Largest page of a column, unpacked. */
    static final int COLUMN_PAGE_BYTES = 16 * MEBIBYTE;

    /** Largest footer of a Parquet file. */
    static final int FOOTER_BYTES = 16 * MEBIBYTE;

    public FeedLimits {
        if (imageBytes < 1 || imageBytes > LARGEST || textBytes < 1 || rowBytes < 1 || rowBytes > LARGEST) {
            throw new IllegalArgumentException("no such limits: pictures " + imageBytes + ", texts " + textBytes
                    + ", rows " + rowBytes + " bytes; give each between 1 and " + LARGEST);
        }
    }

    /** What the topics take. */
    public static FeedLimits defaults() {
        return new FeedLimits(4_000_000, 64 * 1024, MEBIBYTE);
    }
}
