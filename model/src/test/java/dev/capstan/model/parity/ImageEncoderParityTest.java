package dev.capstan.model.parity;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.capstan.model.BeitImageEncoder;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.NfResNetImageEncoder;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.Weights;
import dev.capstan.model.pretrained.PretrainedImageEncoder;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LiMBeR's other encoders against transformers and timm, read from the directories that these write. */
class ImageEncoderParityTest {
    @ParameterizedTest
    @ValueSource(strings = {"beit", "nf-resnet"})
    void shouldComputeAndLearnAsTheReference(String name) throws IOException {
        try (ParityFixture fixture = ParityFixture.open(name)) {
            PretrainedImageEncoder pretrained = PretrainedImageEncoder.read(fixture.directory());
            Weights published = fixture.load(pretrained.weights()).under(ParameterCatalog.IMAGE_ENCODER);
            ModelArchitecture.ImageEncoder architecture = pretrained.architecture();
            var projection = fixture.manager().zeros(new Shape(architecture.features(), 2));
            Weights weights =
                    parameter -> parameter.equals(ParameterCatalog.PROJECTION) ? projection : published.get(parameter);

            fixture.backward(() -> {
                ImageEncoder.Features features =
                        architecture.network(fixture.constants()).forward(weights, fixture.pixels(), true);
                fixture.assertForward(features.grid(), "grid");
                fixture.assertForward(features.pooled(), "pooled");
                return features.grid()
                        .mul(fixture.input("probe.grid"))
                        .sum()
                        .add(features.pooled()
                                .mul(fixture.input("probe.pooled"))
                                .sum());
            });

            fixture.assertGradients(ParameterCatalog.IMAGE_ENCODER);
            assertThat(fixture.expected("grid").shape()[1]).isEqualTo(architecture.positions());
        }
    }

    /** Counts of transformers and timm, without heads. */
    @Test
    void shouldHaveThePapersEncoders() {
        assertThat(elements(BeitImageEncoder.ofThePaper())).isEqualTo(303_405_568);
        assertThat(elements(NfResNetImageEncoder.ofThePaper())).isEqualTo(23_508_032);
        assertThat(BeitImageEncoder.ofThePaper().positions()).isEqualTo(196);
        assertThat(NfResNetImageEncoder.ofThePaper().positions()).isEqualTo(49);
    }

    private static long elements(ModelArchitecture.ImageEncoder encoder) {
        return ParameterCatalog.imageEncoder(encoder).values().stream()
                .mapToLong(ParameterSpec::elements)
                .sum();
    }
}
