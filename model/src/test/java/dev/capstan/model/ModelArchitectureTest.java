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

    /** As the first models were written: one image encoder, one language model, one activation of texts. */
    @Test
    void shouldReadFilesOlderThanTheClosedSets() throws WeightsFormatException {
        String old = architecture
                .toJson()
                .replaceAll("\"kind\" : \"[a-z0-9-]+\",\\s*", "")
                .replaceAll(",\\s*\"activation\" : \"QUICK_GELU\"", "");
        assertThat(old).doesNotContain("kind").doesNotContain("QUICK_GELU");

        assertThat(ModelArchitecture.fromJson(old)).isEqualTo(architecture);
    }

    @Test
    void shouldReadBackAVisionTransformer() throws WeightsFormatException {
        ModelArchitecture transformer = new ModelArchitecture(
                architecture.embeddingDimension(),
                VitImageEncoder.of(32, 8, 64, 2),
                architecture.text(),
                architecture.languageModel(),
                architecture.limber(),
                architecture.tokenizer());

        assertThat(ModelArchitecture.fromJson(transformer.toJson())).isEqualTo(transformer);
        assertThat(transformer.toJson()).contains("\"kind\" : \"clip-vit\"");
    }

    @Test
    void shouldReadBackASiglip() throws WeightsFormatException {
        int vocabulary = architecture.text().vocabularySize();
        ModelArchitecture siglip = new ModelArchitecture(
                32,
                new SiglipImageEncoder(
                        32,
                        8,
                        32,
                        2,
                        1,
                        64,
                        ModelArchitecture.ImageEncoder.CLIP_MEAN,
                        ModelArchitecture.ImageEncoder.CLIP_STANDARD_DEVIATION),
                new SiglipTextEncoder(16, vocabulary, 32, 2, 1, 64, 0),
                architecture.languageModel(),
                architecture.limber(),
                architecture.tokenizer());

        assertThat(ModelArchitecture.fromJson(siglip.toJson())).isEqualTo(siglip);
        assertThat(ParameterCatalog.of(siglip)).containsKeys(ParameterCatalog.LOGIT_SCALE, ParameterCatalog.LOGIT_BIAS);
    }

    /** What shares one vocabulary is written as it always was. */
    @Test
    void shouldKeepTheSecondVocabularyOutOfFilesThatHaveNone() {
        assertThat(architecture.toJson()).doesNotContain("languageModelTokenizer", "cleaned");
    }

    @Test
    void shouldReadBackTwoVocabularies() throws WeightsFormatException {
        ModelArchitecture two = ModelFixtures.twoVocabularies(1, ModelArchitecture.ImageFeature.GRID)
                .architecture();

        assertThat(ModelArchitecture.fromJson(two.toJson())).isEqualTo(two);
        assertThat(two.captionTokenizer()).isNotEqualTo(two.tokenizer());
    }

    @Test
    void shouldRefuseTwoSizesOfOneVocabulary() throws WeightsFormatException {
        String two = ModelFixtures.twoVocabularies(1, ModelArchitecture.ImageFeature.GRID)
                .architecture()
                .toJson();
        String one = two.replaceAll("(?s),\\s*\"languageModelTokenizer\" : \\{.*?\\}", "");

        assertThat(one).doesNotContain("languageModelTokenizer");
        assertThatThrownBy(() -> ModelArchitecture.fromJson(one))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("needs a languageModelTokenizer");
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
                new ClipTextEncoder(77, 49408, 512, 8, 12),
                new Gpt2LanguageModel(32, 49408, 64, 2, 1, ModelArchitecture.Activation.GELU_TANH),
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
        assertThat(ResNetImageEncoder.of(224, List.of(3, 4, 6, 3), 64).heads()).isEqualTo(32);
        // 102,007,137 learnable parameters in the reference, the batch norms' statistics apart.
        assertThat(catalog.values().stream()
                        .filter(spec -> spec.name().startsWith(ParameterCatalog.CLIP))
                        .filter(spec -> spec.kind() != ParameterSpec.Kind.STATISTIC)
                        .mapToLong(ParameterSpec::elements)
                        .sum())
                .isEqualTo(102_007_137);
    }
}
