package dev.capstan.model.images;

/**
 * Separable bicubic resampling whose kernel widens when shrinking, so that nothing aliases: what CLIP's preprocessing
 * does by way of Pillow (a = -0.5).
 */
final class Resampler {
    private static final int CHANNELS = PixelImage.CHANNELS;
    private static final double SUPPORT = 2;
    private static final double A = -0.5;

    private Resampler() {}

    /**
     * Resamples a part of a picture.
     *
     * @param left edge of the part in pixels of the source; may lie between pixels
     * @param width of the part in pixels of the source
     */
    static Raster resample(
            Raster source, double left, double top, double width, double height, int newWidth, int newHeight) {
        Taps columns = Taps.of(source.width(), left, width, newWidth);
        Taps rows = Taps.of(source.height(), top, height, newHeight);
        int firstRow = rows.first();
        int rowCount = rows.last() - firstRow + 1;
        float[] narrow = new float[rowCount * newWidth * CHANNELS];
        for (int y = 0; y < rowCount; y++) {
            horizontal(
                    source.rgb(), (firstRow + y) * source.width() * CHANNELS, columns, narrow, y * newWidth * CHANNELS);
        }
        float[] result = new float[newHeight * newWidth * CHANNELS];
        int stride = newWidth * CHANNELS;
        for (int y = 0; y < newHeight; y++) {
            for (int tap = 0; tap < rows.length(y); tap++) {
                float weight = rows.weight(y, tap);
                int from = (rows.start(y) + tap - firstRow) * stride;
                int to = y * stride;
                for (int i = 0; i < stride; i++) {
                    result[to + i] += weight * narrow[from + i];
                }
            }
        }
        return new Raster(newWidth, newHeight, result);
    }

    private static void horizontal(float[] source, int row, Taps taps, float[] target, int offset) {
        for (int x = 0; x < taps.size(); x++) {
            float red = 0;
            float green = 0;
            float blue = 0;
            int from = row + taps.start(x) * CHANNELS;
            for (int tap = 0; tap < taps.length(x); tap++, from += CHANNELS) {
                float weight = taps.weight(x, tap);
                red += weight * source[from];
                green += weight * source[from + 1];
                blue += weight * source[from + 2];
            }
            int to = offset + x * CHANNELS;
            target[to] = level(red);
            target[to + 1] = level(green);
            target[to + 2] = level(blue);
        }
    }

    /** Pillow keeps eight bits between the passes: overshoots at edges are cut off there, not carried on. */
    private static float level(float value) {
        return Math.max(0, Math.min(255, (int) (value + 0.5f)));
    }

    /** For each output position: the first source position it reads, and the weights from there on. */
    @SuppressWarnings("ArrayRecordComponent") // never leaves this class
    private record Taps(int[] starts, float[][] weights) {
        static Taps of(int sourceSize, double start, double length, int newSize) {
            double scale = length / newSize;
            double kernelScale = Math.max(scale, 1);
            double support = SUPPORT * kernelScale;
            int[] starts = new int[newSize];
            float[][] weights = new float[newSize][];
            for (int i = 0; i < newSize; i++) {
                double center = start + (i + 0.5) * scale;
                int from = clamp((int) Math.floor(center - support), sourceSize - 1);
                int to = clamp((int) Math.ceil(center + support), sourceSize);
                starts[i] = from;
                weights[i] = normalised(from, Math.max(to, from + 1), center, kernelScale);
            }
            return new Taps(starts, weights);
        }

        private static int clamp(int value, int most) {
            return Math.max(0, Math.min(value, most));
        }

        private static float[] normalised(int from, int to, double center, double kernelScale) {
            double[] raw = new double[to - from];
            double sum = 0;
            for (int i = 0; i < raw.length; i++) {
                raw[i] = cubic((from + i + 0.5 - center) / kernelScale);
                sum += raw[i];
            }
            float[] weights = new float[raw.length];
            for (int i = 0; i < raw.length; i++) {
                // A window wholly outside the picture reads the edge.
                weights[i] = sum == 0 ? 1f / raw.length : (float) (raw[i] / sum);
            }
            return weights;
        }

        private static double cubic(double distance) {
            double x = Math.abs(distance);
            if (x < 1) {
                return ((A + 2) * x - (A + 3)) * x * x + 1;
            }
            if (x < 2) {
                return (((x - 5) * x + 8) * x - 4) * A;
            }
            return 0;
        }

        int size() {
            return starts.length;
        }

        int start(int i) {
            return starts[i];
        }

        int length(int i) {
            return weights[i].length;
        }

        float weight(int i, int tap) {
            return weights[i][tap];
        }

        int first() {
            int first = Integer.MAX_VALUE;
            for (int start : starts) {
                first = Math.min(first, start);
            }
            return first;
        }

        int last() {
            int last = 0;
            for (int i = 0; i < starts.length; i++) {
                last = Math.max(last, starts[i] + weights[i].length - 1);
            }
            return last;
        }
    }
}
