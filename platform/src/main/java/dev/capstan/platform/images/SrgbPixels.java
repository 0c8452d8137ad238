package dev.capstan.platform.images;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferInt;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;

/**
 * Turns what image readers return into 8-bit RGB without alpha. Samples are taken as sRGB whatever profile they carry, as
 * the reference preprocessing of CLIP does; java.awt's own conversions are avoided because they take grey of more than
 * eight bits, or with alpha, as linear light and brighten it.
 */
final class SrgbPixels {

    private SrgbPixels() {}

    /** The picture over a background. Width and height stay. */
    static BufferedImage over(BufferedImage source, int background) {
        BufferedImage target = new BufferedImage(source.getWidth(), source.getHeight(), BufferedImage.TYPE_INT_RGB);
        int[] pixels = pixelsOf(target);
        ColorModel model = source.getColorModel();
        Raster raster = source.getRaster();
        if (model instanceof IndexColorModel palette && raster.getNumBands() == 1) {
            fromPalette(palette, raster, background, pixels);
            return target;
        }
        if (model instanceof ComponentColorModel && isGreyOrRgb(model.getColorSpace())) {
            fromComponents(model, raster, background, pixels);
            return target;
        }
        for (int y = 0; y < source.getHeight(); y++) {
            int start = y * source.getWidth();
            source.getRGB(0, y, source.getWidth(), 1, pixels, start, source.getWidth());
            for (int index = start; index < start + source.getWidth(); index++) {
                pixels[index] = blend(pixels[index], background);
            }
        }
        return target;
    }

    /**
     * The picture of a four-band JPEG raster.
     *
     * @param adobeTransform as in {@link JpegStructure}; with Adobe's marker, inks are stored inverted
     */
    static BufferedImage ofInks(Raster raster, int adobeTransform) {
        int width = raster.getWidth();
        BufferedImage target = new BufferedImage(width, raster.getHeight(), BufferedImage.TYPE_INT_RGB);
        int[] pixels = pixelsOf(target);
        int[] row = new int[width * 4];
        boolean inverted = adobeTransform != JpegStructure.NO_ADOBE_MARKER;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int first = row[4 * x];
                int second = row[4 * x + 1];
                int third = row[4 * x + 2];
                int black = row[4 * x + 3];
                if (adobeTransform == 2) {
                    double luma = first;
                    double blueDifference = second - 128;
                    double redDifference = third - 128;
                    first = clamp(luma + 1.402 * redDifference);
                    second = clamp(luma - 0.344136 * blueDifference - 0.714136 * redDifference);
                    third = clamp(luma + 1.772 * blueDifference);
                }
                if (!inverted) {
                    first = 255 - first;
                    second = 255 - second;
                    third = 255 - third;
                    black = 255 - black;
                }
                pixels[y * width + x] =
                        divide255(first * black) << 16 | divide255(second * black) << 8 | divide255(third * black);
            }
        }
        return target;
    }

    private static boolean isGreyOrRgb(ColorSpace space) {
        return space.getType() == ColorSpace.TYPE_GRAY || space.getType() == ColorSpace.TYPE_RGB;
    }

    private static void fromPalette(IndexColorModel palette, Raster raster, int background, int[] pixels) {
        int[] colours = new int[palette.getMapSize()];
        palette.getRGBs(colours);
        for (int index = 0; index < colours.length; index++) {
            colours[index] = blend(colours[index], background);
        }
        int width = raster.getWidth();
        int[] row = new int[width];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
            for (int x = 0; x < width; x++) {
                // An index beyond the palette is transparent.
                pixels[y * width + x] = row[x] < colours.length ? colours[row[x]] : background;
            }
        }
    }

    private static void fromComponents(ColorModel model, Raster raster, int background, int[] pixels) {
        int bands = raster.getNumBands();
        int colours = model.getNumColorComponents();
        boolean grey = colours == 1;
        boolean alpha = bands > colours;
        if (raster.getSampleModel() instanceof PixelInterleavedSampleModel layout
                && raster.getDataBuffer() instanceof DataBufferByte data
                && model.getComponentSize(0) == 8
                && !model.isAlphaPremultiplied()) {
            fromBytes(raster, layout, data, grey, alpha, background, pixels);
            return;
        }
        int width = raster.getWidth();
        int[] row = new int[width * bands];
        long[] largest = new long[bands];
        for (int band = 0; band < bands; band++) {
            largest[band] = (1L << model.getComponentSize(band)) - 1;
        }
        boolean floating =
                raster.getTransferType() == DataBuffer.TYPE_FLOAT || raster.getTransferType() == DataBuffer.TYPE_DOUBLE;
        if (floating || model.isAlphaPremultiplied()) {
            throw new IllegalArgumentException("unsupported sample layout: " + model);
        }
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int at = x * bands;
                int red = eightBits(row[at], largest[0]);
                int green = grey ? red : eightBits(row[at + 1], largest[1]);
                int blue = grey ? red : eightBits(row[at + 2], largest[2]);
                int opacity = alpha ? eightBits(row[at + colours], largest[colours]) : 255;
                pixels[y * width + x] = blend(opacity << 24 | red << 16 | green << 8 | blue, background);
            }
        }
    }

    private static void fromBytes(
            Raster raster,
            PixelInterleavedSampleModel layout,
            DataBufferByte data,
            boolean grey,
            boolean alpha,
            int background,
            int[] pixels) {
        byte[] samples = data.getData();
        int[] offsets = layout.getBandOffsets();
        int origin = data.getOffset()
                + (raster.getMinY() - raster.getSampleModelTranslateY()) * layout.getScanlineStride()
                + (raster.getMinX() - raster.getSampleModelTranslateX()) * layout.getPixelStride();
        int red = offsets[0];
        int green = grey ? offsets[0] : offsets[1];
        int blue = grey ? offsets[0] : offsets[2];
        int opacity = offsets[offsets.length - 1];
        int width = raster.getWidth();
        if (!alpha) {
            fromOpaqueBytes(raster, layout, samples, origin, new int[] {red, green, blue}, pixels);
            return;
        }
        for (int y = 0; y < raster.getHeight(); y++) {
            int at = origin + y * layout.getScanlineStride();
            for (int x = 0; x < width; x++) {
                int colour = (samples[at + red] & 0xFF) << 16
                        | (samples[at + green] & 0xFF) << 8
                        | (samples[at + blue] & 0xFF);
                int packed = (samples[at + opacity] & 0xFF) << 24 | colour;
                pixels[y * width + x] = blend(packed, background);
                at += layout.getPixelStride();
            }
        }
    }

    private static void fromOpaqueBytes(
            Raster raster, PixelInterleavedSampleModel layout, byte[] samples, int origin, int[] bands, int[] pixels) {
        int width = raster.getWidth();
        int stride = layout.getPixelStride();
        int green = bands[1] - bands[0];
        int blue = bands[2] - bands[0];
        for (int y = 0; y < raster.getHeight(); y++) {
            int at = origin + y * layout.getScanlineStride() + bands[0];
            int end = (y + 1) * width;
            for (int index = y * width; index < end; index++) {
                pixels[index] =
                        (samples[at] & 0xFF) << 16 | (samples[at + green] & 0xFF) << 8 | (samples[at + blue] & 0xFF);
                at += stride;
            }
        }
    }

    private static int blend(int argb, int background) {
        int opacity = argb >>> 24;
        if (opacity == 255) {
            return argb & 0xFFFFFF;
        }
        if (opacity == 0) {
            return background;
        }
        int rest = 255 - opacity;
        int red = divide255((argb >> 16 & 0xFF) * opacity + (background >> 16 & 0xFF) * rest);
        int green = divide255((argb >> 8 & 0xFF) * opacity + (background >> 8 & 0xFF) * rest);
        int blue = divide255((argb & 0xFF) * opacity + (background & 0xFF) * rest);
        return red << 16 | green << 8 | blue;
    }

    private static int eightBits(int sample, long largest) {
        return largest == 255 ? sample : (int) ((sample * 255L + largest / 2) / largest);
    }

    private static int divide255(int value) {
        return (value + 127) / 255;
    }

    private static int clamp(double value) {
        return (int) Math.max(0, Math.min(255, Math.round(value)));
    }

    private static int[] pixelsOf(BufferedImage image) {
        return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    }
}
