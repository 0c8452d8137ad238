package dev.capstan.platform.images;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The pixels that decoding a WebP file really allocates and visits. The canvas of an extended file is only a claim: each
 * chunk inside carries dimensions of its own, and the reader believes the chunk.
 *
 * @param decodedPixels pixels of all chunks that are decoded for the first frame
 * @param wholePixels those of them that the reader holds in full even when it is asked for every n-th pixel only
 * @param complete whether the file is as long as it says
 */
record WebpStructure(long decodedPixels, long wholePixels, boolean complete) {

    private static final int RIFF_HEADER = 12;
    private static final int CHUNK_HEADER = 8;
    private static final int FRAME_HEADER = 16;
    private static final int LOSSY = fourCharacters("VP8 ");
    private static final int LOSSLESS = fourCharacters("VP8L");
    private static final int EXTENDED = fourCharacters("VP8X");
    private static final int ALPHA = fourCharacters("ALPH");
    private static final int FRAME = fourCharacters("ANMF");

    /** Walks the chunks. Never fails: what is odd is the reader's to refuse. */
    static WebpStructure of(ByteBuffer file) {
        ByteBuffer bytes = file.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.limit() < RIFF_HEADER) {
            return new WebpStructure(0, 0, false);
        }
        // Some writers do not count the last padding byte, others do not write it.
        boolean complete = (bytes.getInt(4) & 0xFFFFFFFFL) + 8 <= bytes.limit() + 1L;
        Walk walk = new Walk(bytes);
        walk.chunks(RIFF_HEADER, bytes.limit(), 0);
        return new WebpStructure(walk.decodedPixels, walk.wholePixels, complete);
    }

    private static int fourCharacters(String name) {
        return name.charAt(0) | name.charAt(1) << 8 | name.charAt(2) << 16 | name.charAt(3) << 24;
    }

    private static final class Walk {
        private final ByteBuffer bytes;
        private long decodedPixels;
        private long wholePixels;
        private boolean frameSeen;

        Walk(ByteBuffer bytes) {
            this.bytes = bytes;
        }

        void chunks(long from, long to, long enclosingPixels) {
            long canvas = enclosingPixels;
            long position = from;
            while (position + CHUNK_HEADER <= to) {
                int type = bytes.getInt((int) position);
                long length = bytes.getInt((int) position + 4) & 0xFFFFFFFFL;
                int body = (int) position + CHUNK_HEADER;
                if (type == EXTENDED && body + 10 <= to) {
                    canvas = (1L + medium(body + 4)) * (1L + medium(body + 7));
                    decodedPixels = Math.max(decodedPixels, canvas);
                }
                if (type == LOSSY && body + 10 <= to) {
                    decodedPixels += (bytes.getShort(body + 6) & 0x3FFFL) * (bytes.getShort(body + 8) & 0x3FFFL);
                }
                if (type == LOSSLESS && body + 5 <= to) {
                    int packed = bytes.getInt(body + 1);
                    long pixels = (1L + (packed & 0x3FFF)) * (1L + (packed >>> 14 & 0x3FFF));
                    decodedPixels += pixels;
                    wholePixels += Math.max(pixels, canvas);
                }
                if (type == ALPHA) {
                    wholePixels += canvas;
                }
                if (type == FRAME && !frameSeen && body + FRAME_HEADER <= to) {
                    frameSeen = true;
                    long frame = (1L + medium(body + 6)) * (1L + medium(body + 9));
                    decodedPixels = Math.max(decodedPixels, frame);
                    chunks(body + FRAME_HEADER, Math.min(to, body + length), frame);
                }
                position = body + length + (length & 1);
            }
        }

        /** A 24-bit number. */
        private int medium(int offset) {
            return (bytes.getShort(offset) & 0xFFFF) | (bytes.get(offset + 2) & 0xFF) << 16;
        }
    }
}
