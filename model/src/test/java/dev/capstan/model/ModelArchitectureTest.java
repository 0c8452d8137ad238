package dev.capstan.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.model.tensors.WeightsFormatException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelArchitectureTest {
    private final ModelArchitecture architecture = ModelFixtures.bundle(1).architecture();

    @Test
    void shouldReadBackWhatItWrote() throws WeightsFormatException {
        ModelArchitecture read = ModelArchitecture.fromJson(architecture.toJson());

        assertThat(read).isEqualTo(architecture);
    }

    @Test
    void shouldRefuseUnknownKeys() {
        String json = architecture.toJson().replaceFirst("\\{", "{\"surprise\": 1,");

        assertThatThrownBy(() -> ModelArchitecture.fromJson(json))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("surprise");
    }

    @Test
    void shouldRefuseMissingKeys() {
        String json = architecture.toJson().replace("\"embeddingDimension\" : 32,", "");

        assertThatThrownBy(() -> ModelArchitecture.fromJson(json))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("embeddingDimension");
    }

    @Test
    void shouldRefuseImpossibleValuesWithTheReason() {
        String json = architecture.toJson().replace("\"embeddingDimension\" : 32", "\"embeddingDimension\" : 0");

        assertThatThrownBy(() -> ModelArchitecture.fromJson(json))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("embeddingDimension must be positive");
    }

    @Test
    void shouldRefuseWhatIsNotJson() {
        assertThatThrownBy(() -> ModelArchitecture.fromJson("tensor soup")).isInstanceOf(WeightsFormatException.class);
    }

    /** Names and shapes of the RN50 that openai/CLIP ships. */
    @Test
    void shouldHaveTheReferencesParametersForRn50() {
        ModelArchitecture rn50 = new ModelArchitecture(
                1024,
                ModelArchitecture.ImageEncoder.of(224, List.of(3, 4, 6, 3), 64),
                new ModelArchitecture.TextEncoder(77, 49408, 512, 8, 12),
                new ModelArchitecture.LanguageModel(32, 49408, 64, 2, 1, ModelArchitecture.Activation.GELU_TANH),
                ModelFixtures.limber(ModelArchitecture.ImageFeature.GRID),
                new ModelArchitecture.Tokenizer(49406, 49407, 0, true));

        var catalog = ParameterCatalog.of(rn50);

        assertThat(catalog.get("clip.visual.layer4.2.conv3.weight"))
                .extracting(ParameterSpec::shape)
                .isEqualTo(List.of(2048L, 512L, 1L, 1L));
        assertThat(catalog.get("clip.visual.attnpool.positional_embedding"))
                .extracting(ParameterSpec::shape)
                .isEqualTo(List.of(50L, 2048L));
        assertThat(catalog.get("clip.transformer.resblocks.11.attn.in_proj_weight"))
                .extracting(ParameterSpec::shape)
                .isEqualTo(List.of(1536L, 512L));
        assertThat(rn50.image().heads()).isEqualTo(32);
        // 102,007,137 learnable parameters in the reference, the batch norms' statistics apart.
        assertThat(catalog.values().stream()
                        .filter(spec -> spec.name().startsWith(ParameterCatalog.CLIP))
                        .filter(spec -> spec.kind() != ParameterSpec.Kind.STATISTIC)
                        .mapToLong(ParameterSpec::elements)
                        .sum())
                .isEqualTo(102_007_137);
    }
}
