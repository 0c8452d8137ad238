package dev.capstan.corpora;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes PNG files of 24-bit pixels. ImageIO's writer takes longer than all the rest of a rendition; this one filters
 * each row by its left neighbour and compresses lightly. One thread at a time.
 */
final class PngEncoder {

    static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private static final int CHUNK_OVERHEAD = 12;
    private static final int HEADER_BYTES = 13;
    private static final byte FILTER_SUB = 1;

    private final Deflater deflater = new Deflater(1);

    /**
     * @param pixels width times height values 0xRRGGBB, row by row
     */
    ByteBuffer encode(int[] pixels, int width, int height) {
        int rowBytes = 1 + 3 * width;
        byte[] filtered = new byte[rowBytes * height];
        int at = 0;
        for (int y = 0; y < height; y++) {
            filtered[at++] = FILTER_SUB;
            int left = 0;
            for (int x = 0; x < width; x++) {
                int pixel = pixels[y * width + x];
                filtered[at++] = (byte) ((pixel >> 16) - (left >> 16));
                filtered[at++] = (byte) ((pixel >> 8) - (left >> 8));
                filtered[at++] = (byte) (pixel - left);
                left = pixel;
            }
        }
        byte[] data = deflated(filtered);
        ByteBuffer file = ByteBuffer.allocate(SIGNATURE.length + 3 * CHUNK_OVERHEAD + HEADER_BYTES + data.length);
        file.put(SIGNATURE);
        putChunk(file, "IHDR", header(width, height));
        putChunk(file, "IDAT", data);
        putChunk(file, "IEND", new byte[0]);
        return file.flip();
    }

    /** Encodes a single image. */
    static ByteBuffer encodeOnce(int[] pixels, int width, int height) {
        PngEncoder encoder = new PngEncoder();
        try {
            return encoder.encode(pixels, width, height);
        } finally {
            encoder.deflater.end();
        }
    }

    /** The header of a picture with 8 bits for each of red, green and blue. */
    static byte[] header(int width, int height) {
        byte[] header = new byte[HEADER_BYTES];
        ByteBuffer.wrap(header).putInt(width).putInt(height).put((byte) 8).put((byte) 2);
        return header;
    }

    static void putChunk(ByteBuffer file, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        file.putInt(data.length).put(name).put(data).putInt((int) checksum.getValue());
    }

    private byte[] deflated(byte[] plain) {
        deflater.reset();
        deflater.setInput(plain);
        deflater.finish();
        // Incompressible input grows by a few bytes for each stored block.
        byte[] room = new byte[plain.length + plain.length / 1000 + 64];
        int length = deflater.deflate(room);
        if (!deflater.finished()) {
            throw new IllegalStateException(plain.length + " bytes do not fit into " + room.length);
        }
        return Arrays.copyOf(room, length);
    }
}
