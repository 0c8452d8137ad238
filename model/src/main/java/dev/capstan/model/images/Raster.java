package dev.capstan.model.images;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferInt;

/**
 * A picture as floats 0..255, rows of red, green, blue: what resampling works on. Transparent pictures are laid on white.
 *
 * @param width in pixels
 * @param height in pixels
 * @param rgb {@code width * height * 3} values
 */
@SuppressWarnings("ArrayRecordComponent") // never leaves this package
record Raster(int width, int height, float[] rgb) {
    private static final int CHANNELS = PixelImage.CHANNELS;

    static Raster of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        float[] rgb = new float[Math.multiplyExact(Math.multiplyExact(width, height), CHANNELS)];
        if (image.getType() == BufferedImage.TYPE_3BYTE_BGR
                && image.getRaster().getDataBuffer() instanceof DataBufferByte bytes
                && bytes.getSize() == rgb.length) {
            fromBgr(bytes.getData(), rgb);
            return new Raster(width, height, rgb);
        }
        fromInts(opaque(image), rgb);
        return new Raster(width, height, rgb);
    }

    private static void fromBgr(byte[] bgr, float[] rgb) {
        for (int i = 0; i < rgb.length; i += CHANNELS) {
            rgb[i] = bgr[i + 2] & 0xff;
            rgb[i + 1] = bgr[i + 1] & 0xff;
            rgb[i + 2] = bgr[i] & 0xff;
        }
    }

    private static void fromInts(int[] pixels, float[] rgb) {
        for (int i = 0; i < pixels.length; i++) {
            int pixel = pixels[i];
            rgb[i * CHANNELS] = (pixel >> 16) & 0xff;
            rgb[i * CHANNELS + 1] = (pixel >> 8) & 0xff;
            rgb[i * CHANNELS + 2] = pixel & 0xff;
        }
    }

    /** The pixels on white as 0xRRGGBB. */
    private static int[] opaque(BufferedImage image) {
        if (image.getType() == BufferedImage.TYPE_INT_RGB
                && image.getRaster().getDataBuffer() instanceof DataBufferInt ints
                && ints.getSize() == image.getWidth() * image.getHeight()) {
            return ints.getData();
        }
        BufferedImage canvas = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = canvas.createGraphics();
        try {
            graphics.drawImage(image, 0, 0, Color.WHITE, null);
        } finally {
            graphics.dispose();
        }
        return ((DataBufferInt) canvas.getRaster().getDataBuffer()).getData();
    }
}
