package dev.capstan.model.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Against scikit-learn; model/parity/probe.py makes the fixture. */
class LinearProbeTest {
    private static final double TIGHT = 1e-9;
    private static final int SAMPLES = 240;
    private static final int FEATURES = 12;
    private static final int CLASSES = 4;

    private static final int[] LABELS =
            IntStream.range(0, SAMPLES).map(i -> i % CLASSES).toArray();

    /** Class means and a wave that looks like noise; the Python script has the same. */
    private static float[][] samples() {
        float[][] samples = new float[SAMPLES][FEATURES];
        for (int i = 0; i < SAMPLES; i++) {
            for (int j = 0; j < FEATURES; j++) {
                double mean = Math.sin(1.7 * (i % CLASSES) + 0.9 * j);
                double noise = Math.sin(12.9898 * (i * FEATURES + j) + 1) * 43758.5453;
                samples[i][j] = (float) (0.6 * mean + 2 * (noise - Math.floor(noise)) - 1);
            }
        }
        return samples;
    }

    private static JsonNode fixture() throws IOException {
        try (InputStream json = LinearProbeTest.class.getResourceAsStream("probe.json")) {
            return new ObjectMapper().readTree(json);
        }
    }

    @Test
    void shouldFitTheProbabilitiesThatScikitLearnFits() throws IOException {
        float[][] samples = samples();
        for (JsonNode expected : fixture()) {
            double c = expected.get("c").asDouble();

            LogisticRegression fitted = LogisticRegression.fit(samples, LABELS, CLASSES, 1 / (c * SAMPLES), TIGHT);

            for (int i = 0; i < expected.get("probabilities").size(); i++) {
                for (int k = 0; k < CLASSES; k++) {
                    assertThat(fitted.probabilities(samples[i])[k])
                            .as("C %s, sample %d, class %d", c, i, k)
                            .isCloseTo(
                                    expected.get("probabilities").get(i).get(k).asDouble(), within(1e-5));
                }
            }
            assertThat(fitted.accuracy(samples, LABELS))
                    .isCloseTo(expected.get("accuracy").asDouble(), within(1e-12));
            assertThat(fitted.iterations()).isBetween(1, LogisticRegression.MOST_ITERATIONS);
        }
    }

    @Test
    void shouldChooseAStrengthAndLearnFromAllSamples() {
        float[][] samples = samples();
        float[][] training = Arrays.copyOf(samples, 200);
        float[][] test = Arrays.copyOfRange(samples, 200, SAMPLES);

        LinearProbe probe = LinearProbe.fit(training, Arrays.copyOf(LABELS, 200), CLASSES, 5);

        assertThat(probe.penalty()).isBetween(1e-6, 1e6);
        assertThat(probe.validationAccuracy()).isGreaterThan(0.6);
        assertThat(probe.classifier().accuracy(test, Arrays.copyOfRange(LABELS, 200, SAMPLES)))
                .isGreaterThan(0.6);
        assertThat(LinearProbe.fit(training, Arrays.copyOf(LABELS, 200), CLASSES, 5)
                        .penalty())
                .isEqualTo(probe.penalty());
    }

    @Test
    void shouldSayThatNothingCanBeKeptOut() {
        assertThatThrownBy(() -> LinearProbe.fit(new float[][] {{1}, {2}}, new int[] {0, 1}, 2, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two samples of a class");
    }

    @Test
    void shouldNameTheSampleThatDoesNotFit() {
        assertThatThrownBy(() -> LogisticRegression.fit(new float[][] {{1}, {2}}, new int[] {0, 2}, 2, 1, TIGHT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sample 1")
                .hasMessageContaining("class 2");
    }
}
