package dev.capstan.model;

import dev.capstan.model.tensors.TensorValue;
import java.util.List;
import java.util.Objects;

/**
 * Takes a CLIP from one input size to another, so that it can go on learning there, as ViT-L/14 did at 336 pixels
 * (arXiv 2103.00020, section 2.5). Convolutions do not care; the attention pool's position embeddings are interpolated.
 */
public final class ImageResolution {
    private static final String POSITIONS = ParameterCatalog.IMAGE_ENCODER + "attnpool.positional_embedding";

    private ImageResolution() {}

    /**
     * @param size side of the square input in pixels
     * @throws IllegalArgumentException if the image encoder is no ModifiedResNet, or it cannot take that size
     */
    public static ModelBundle at(ModelBundle bundle, int size) {
        ModelArchitecture before = bundle.architecture();
        if (!(before.image() instanceof ResNetImageEncoder encoder)) {
            throw new IllegalArgumentException("only a ModifiedResNet changes its size, not a "
                    + before.image().getClass().getSimpleName());
        }
        ResNetImageEncoder resized = new ResNetImageEncoder(
                size, encoder.layers(), encoder.width(), encoder.heads(), encoder.mean(), encoder.standardDeviation());
        ModelArchitecture architecture = new ModelArchitecture(
                before.embeddingDimension(),
                resized,
                before.text(),
                before.languageModel(),
                before.limber(),
                before.tokenizer(),
                before.languageModelTokenizer());
        TensorValue positions = Objects.requireNonNull(bundle.byName().get(POSITIONS));
        List<TensorValue> tensors = bundle.tensors().stream()
                .map(tensor -> tensor.name().equals(POSITIONS)
                        ? interpolated(positions, encoder.grid(), resized.grid(), encoder.features())
                        : tensor)
                .toList();
        return new ModelBundle(architecture, tensors);
    }

    /**
     * Bilinear between the centres of the old positions.
     *
     * @param positions 1 + from * from vectors, the first of which belongs to the mean position and stays
     */
    private static TensorValue interpolated(TensorValue positions, int from, int to, int width) {
        float[] old = positions.toFloats();
        float[] fresh = new float[(1 + to * to) * width];
        System.arraycopy(old, 0, fresh, 0, width);
        for (int row = 0; row < to; row++) {
            Between vertical = Between.of(row, from, to);
            for (int column = 0; column < to; column++) {
                Between horizontal = Between.of(column, from, to);
                int target = (1 + row * to + column) * width;
                for (int i = 0; i < width; i++) {
                    float above = horizontal.mix(
                            old[at(vertical.low(), horizontal.low(), from, width) + i],
                            old[at(vertical.low(), horizontal.high(), from, width) + i]);
                    float below = horizontal.mix(
                            old[at(vertical.high(), horizontal.low(), from, width) + i],
                            old[at(vertical.high(), horizontal.high(), from, width) + i]);
                    fresh[target + i] = vertical.mix(above, below);
                }
            }
        }
        return TensorValue.ofFloats(positions.name(), new long[] {1L + (long) to * to, width}, fresh);
    }

    private static int at(int row, int column, int side, int width) {
        return (1 + row * side + column) * width;
    }

    /** A place between two neighbours. */
    private record Between(int low, int high, float share) {
        static Between of(int index, int from, int to) {
            double place = Math.min(Math.max((index + 0.5) * from / to - 0.5, 0), from - 1.0);
            int low = (int) place;
            return new Between(low, Math.min(low + 1, from - 1), (float) (place - low));
        }

        float mix(float atLow, float atHigh) {
            return atLow + share * (atHigh - atLow);
        }
    }
}
