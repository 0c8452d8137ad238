package dev.capstan.model.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.model.GptJLanguageModel;
import dev.capstan.model.LlamaLanguageModel;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PretrainedLanguageModelTest {
    @TempDir
    Path directory;

    @Test
    void shouldReadTheSettingsOfALlama() throws IOException {
        copy().copy("llama-tied");

        PretrainedLanguageModel read = PretrainedLanguageModel.read(directory);

        assertThat(read.architecture())
                .isEqualTo(new LlamaLanguageModel(
                        64, 50, 24, 4, 2, 8, 2, 40, 1e-6f, true, new LlamaLanguageModel.Rotary(1e5, 8, 1, 4, 16)));
        assertThat(read.weights().report().isClean()).isTrue();
    }

    @Test
    void shouldReadSettingsAsOlderVersionsWroteThem() throws IOException {
        copy().copy("llama");
        copy().rewrite("config.json", "\"rope_parameters\"", "\"rope_theta\": 500000.0, \"rope_scaling\"");
        copy().rewrite("config.json", "\"rope_theta\": 10000.0,", "");

        LlamaLanguageModel llama =
                (LlamaLanguageModel) PretrainedLanguageModel.read(directory).architecture();

        assertThat(llama.rotary()).isEqualTo(LlamaLanguageModel.Rotary.plain(500_000));
    }

    @Test
    void shouldReadAGpt2WithoutTheModulesPrefixAndWithItsMasks() throws IOException {
        copy().copy("gpt2");
        copy().change(tensors -> {
            tensors.replaceAll(tensor -> tensor.withName(tensor.name().replaceFirst("^transformer\\.", "")));
            tensors.add(TensorValue.ofFloats("h.0.attn.bias", new long[] {1, 1, 2, 2}, new float[4]));
            tensors.add(TensorValue.ofFloats("lm_head.weight", new long[] {1}, new float[1]));
        });

        ImportReport report = PretrainedLanguageModel.read(directory).weights().report();

        assertThat(report.isClean()).isTrue();
        assertThat(report.ignored()).containsExactly("h.0.attn.bias", "lm_head.weight");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "llama-tied | \"llama3\" | \"yarn\" | rope_type must be default or llama3, not \"yarn\"",
                "llama | \"attention_bias\": false | \"attention_bias\": true | attention_bias must be false, not true",
                "llama | \"num_key_value_heads\": 2 | \"num_key_value_heads\": 3 | keyValueHeads must divide heads",
                "gptj | \"rotary_dim\": 4 | \"rotary_dim\": 40 | rotaryWidth must be even and within a head's width",
                "gpt2 | \"gelu_new\" | \"swish\" | activation_function must be",
                "gpt2 | \"model_type\": \"gpt2\" | \"model_type\": \"bert\" | model_type must be gpt2, gptj or llama",
                "gpt2 | \"n_layer\": 2 | \"n_layer\": \"two\" | n_layer must be an integer, not \"two\"",
            })
    void shouldRefuseWhatItCannotCompute(String fixture, String before, String after, String message)
            throws IOException {
        copy().copy(fixture);
        copy().rewrite("config.json", before, after);

        assertThatThrownBy(() -> PretrainedLanguageModel.read(directory))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("config.json")
                .hasMessageContaining(message);
    }

    /** 6,050,882,784 parameters, by the model card of EleutherAI/gpt-j-6b. */
    @Test
    void shouldHaveThePapersLanguageModel() {
        long parameters = ParameterCatalog.languageModel(GptJLanguageModel.ofThePaper()).values().stream()
                .mapToLong(ParameterSpec::elements)
                .sum();

        assertThat(parameters).isEqualTo(6_050_882_784L);
    }

    private DirectoryCopy copy() {
        return new DirectoryCopy(directory);
    }
}
