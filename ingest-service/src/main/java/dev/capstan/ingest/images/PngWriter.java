package dev.capstan.ingest.images;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes 8-bit RGB PNG files: for each row the filter with the smallest sum of absolute differences, as the PNG
 * specification advises (section 12.8), then deflate. The JDK's writer takes several times as long for small pictures.
 */
final class PngWriter {

    private static final long SIGNATURE = 0x89504E470D0A1A0AL;
    private static final int BYTES_PER_PIXEL = 3;
    private static final int SUB = 1;
    private static final int UP = 2;
    private static final int PAETH = 4;
    private static final int LEVEL = 4;

    private PngWriter() {}

    static byte[] write(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] filtered = filter(((DataBufferInt) image.getRaster().getDataBuffer()).getData(), width, height);
        ByteArrayOutputStream compressed = new ByteArrayOutputStream(Math.max(256, filtered.length / 2));
        deflate(filtered, compressed);
        byte[] data = compressed.toByteArray();
        ByteBuffer file = ByteBuffer.allocate(8 + 25 + 12 + data.length + 12);
        file.putLong(SIGNATURE);
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
        header.put((byte) 8).put((byte) 2);
        chunk(file, "IHDR", header.array());
        chunk(file, "IDAT", data);
        chunk(file, "IEND", new byte[0]);
        return file.array();
    }

    private static void deflate(byte[] bytes, ByteArrayOutputStream output) {
        Deflater deflater = new Deflater(LEVEL);
        try {
            deflater.setInput(bytes);
            deflater.finish();
            byte[] buffer = new byte[8192];
            while (!deflater.finished()) {
                output.write(buffer, 0, deflater.deflate(buffer));
            }
        } finally {
            deflater.end();
        }
    }

    private static void chunk(ByteBuffer file, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        file.putInt(data.length).put(name).put(data).putInt((int) checksum.getValue());
    }

    private static byte[] filter(int[] pixels, int width, int height) {
        int stride = width * BYTES_PER_PIXEL;
        byte[] filtered = new byte[height * (stride + 1)];
        // One pixel of zeros stands left of each row, and one row of zeros above the first.
        int[] above = new int[stride + BYTES_PER_PIXEL];
        int[] row = new int[stride + BYTES_PER_PIXEL];
        byte[] sub = new byte[stride];
        byte[] up = new byte[stride];
        byte[] paeth = new byte[stride];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int pixel = pixels[y * width + x];
                int at = BYTES_PER_PIXEL * (x + 1);
                row[at] = pixel >> 16 & 0xFF;
                row[at + 1] = pixel >> 8 & 0xFF;
                row[at + 2] = pixel & 0xFF;
            }
            int subCost = 0;
            int upCost = 0;
            int paethCost = 0;
            for (int index = 0; index < stride; index++) {
                int value = row[index + BYTES_PER_PIXEL];
                int left = row[index];
                int upper = above[index + BYTES_PER_PIXEL];
                sub[index] = (byte) (value - left);
                up[index] = (byte) (value - upper);
                paeth[index] = (byte) (value - predictor(left, upper, above[index]));
                subCost += Math.abs(sub[index]);
                upCost += Math.abs(up[index]);
                paethCost += Math.abs(paeth[index]);
            }
            int start = y * (stride + 1);
            if (subCost <= upCost && subCost <= paethCost) {
                put(filtered, start, SUB, sub);
            } else if (upCost <= paethCost) {
                put(filtered, start, UP, up);
            } else {
                put(filtered, start, PAETH, paeth);
            }
            int[] spare = above;
            above = row;
            row = spare;
        }
        return filtered;
    }

    private static void put(byte[] filtered, int start, int filter, byte[] row) {
        filtered[start] = (byte) filter;
        System.arraycopy(row, 0, filtered, start + 1, row.length);
    }

    private static int predictor(int left, int upper, int upperLeft) {
        int toLeft = Math.abs(upper - upperLeft);
        int toUpper = Math.abs(left - upperLeft);
        int toUpperLeft = Math.abs(left + upper - 2 * upperLeft);
        if (toLeft <= toUpper && toLeft <= toUpperLeft) {
            return left;
        }
        return toUpper <= toUpperLeft ? upper : upperLeft;
    }
}
