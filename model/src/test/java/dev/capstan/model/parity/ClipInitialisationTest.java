package dev.capstan.model.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.model.ClipTextEncoder;
import dev.capstan.model.ModelArchitecture.Activation;
import dev.capstan.model.ModelArchitecture.ImageEncoder;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.VitImageEncoder;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The first values of every parameter of CLIP spread as the reference's do. */
class ClipInitialisationTest {
    /** Deviations that a sample estimate may be off. */
    private static final double LIKELY = 6;

    static Stream<Arguments> encoders() {
        return Stream.of(
                Arguments.of(
                        "vit",
                        new VitImageEncoder(
                                32,
                                8,
                                64,
                                4,
                                2,
                                Activation.QUICK_GELU,
                                ImageEncoder.CLIP_MEAN,
                                ImageEncoder.CLIP_STANDARD_DEVIATION)),
                Arguments.of("resnet", ImageEncoder.of(64, List.of(1, 2, 1, 1), 8)));
    }

    @ParameterizedTest
    @MethodSource("encoders")
    void shouldBeginAsTheReferenceDoes(String kind, ImageEncoder image) throws IOException {
        JsonNode expected = JsonMapper.builder()
                .build()
                .readTree(ParityFixture.directory("clip-initialisation")
                        .resolve("expected.json")
                        .toFile())
                .get(kind);
        SplittableRandom random = new SplittableRandom(3);
        var catalog = ParameterCatalog.clip(image, new ClipTextEncoder(16, 100, 64, 4, 3), 32);

        assertThat(expected).hasSameSizeAs(catalog.values());
        for (ParameterSpec spec : catalog.values()) {
            JsonNode reference = expected.get(spec.name().substring(ParameterCatalog.CLIP.length()));
            double mean = reference.get(0).asDouble();
            double deviation = reference.get(1).asDouble();
            float[] drawn = spec.draw(random);

            double chance = LIKELY / Math.sqrt(drawn.length);
            assertThat(mean(drawn)).as(spec.name()).isCloseTo(mean, within(1.5 * chance * deviation + 1e-3));
            assertThat(deviation(drawn)).as(spec.name()).isCloseTo(deviation, within(chance * deviation + 1e-6));
        }
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double deviation(float[] values) {
        double mean = mean(values);
        double squares = 0;
        for (float value : values) {
            squares += (value - mean) * (value - mean);
        }
        return Math.sqrt(squares / values.length);
    }
}
