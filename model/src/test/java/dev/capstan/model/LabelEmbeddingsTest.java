package dev.capstan.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class LabelEmbeddingsTest {
    private static final List<String> LABELS = List.of("cat", "dog", "car");
    private static final float[][] VECTORS = {{1, 0}, {0.6f, 0.8f}, {0, -1}};
    private static final float[] IMAGE = {0.8f, 0.6f};

    @Test
    void shouldShareOneProbabilityAmongTheLabelsOfClip() {
        List<ScoredLabel> ranked = new LabelEmbeddings(LABELS, VECTORS, 2, OptionalDouble.empty()).rank(IMAGE, 3);

        double all = Math.exp(2 * 0.8) + Math.exp(2 * 0.96) + Math.exp(2 * -0.6);
        assertThat(ranked).extracting(ScoredLabel::label).containsExactly("dog", "cat", "car");
        assertThat(ranked.get(0).probability()).isCloseTo(Math.exp(2 * 0.96) / all, within(1e-6));
        assertThat(ranked.stream().mapToDouble(ScoredLabel::probability).sum()).isCloseTo(1, within(1e-9));
    }

    @Test
    void shouldJudgeEachLabelAloneByTheSigmoid() {
        List<ScoredLabel> ranked = new LabelEmbeddings(LABELS, VECTORS, 10, OptionalDouble.of(-9)).rank(IMAGE, 2);

        assertThat(ranked).extracting(ScoredLabel::label).containsExactly("dog", "cat");
        assertThat(ranked.get(0).probability()).isCloseTo(1 / (1 + Math.exp(-0.6)), within(1e-5));
        assertThat(ranked.get(1).probability()).isCloseTo(1 / (1 + Math.exp(1)), within(1e-5));
    }
}
