package dev.capstan.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClipPresetTest {
    /** Counts of open_clip, which model/parity/make_fixtures.py prints. */
    @ParameterizedTest
    @CsvSource({
        "RN50, 102007137, 49",
        "RN101, 119688033, 49",
        "RN50x4, 178300601, 81",
        "RN50x16, 290979217, 144",
        "RN50x64, 623258305, 196",
        "ViT-B/32, 151277313, 49",
        "ViT-B/16, 149620737, 196",
        "ViT-L/14, 427616513, 256",
        "ViT-L/14@336, 427944193, 576"
    })
    void shouldHaveTheReferencesParameters(String title, long parameters, int positions) {
        ClipPreset preset = ClipPreset.named(title);

        long learnable =
                ParameterCatalog.clip(preset.image(), preset.text(), preset.embeddingDimension()).values().stream()
                        .filter(spec -> spec.kind() != ParameterSpec.Kind.STATISTIC)
                        .mapToLong(ParameterSpec::elements)
                        .sum();

        assertThat(learnable).isEqualTo(parameters);
        assertThat(preset.image().positions()).isEqualTo(positions);
    }

    @Test
    void shouldNameAllPresetsWhenAskedForAnother() {
        assertThatThrownBy(() -> ClipPreset.named("ViT-B/64"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ViT-B/64")
                .hasMessageContaining("RN50x16, RN50x64, ViT-B/32");
    }
}
