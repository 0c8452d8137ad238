package dev.capstan.model.pretrained;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.model.ModelArchitecture.Activation;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Path;

/** What all directories of Hugging Face's layout have in common. */
final class HuggingFace {
    static final String CONFIG = "config.json";
    static final int MOST_CONFIG_BYTES = 1 << 20;

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private HuggingFace() {}

    /** A part's architecture for people. */
    static String describe(Record architecture) {
        try {
            return JSON.writeValueAsString(architecture);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of records is always JSON", e);
        }
    }

    static JsonFile config(Path directory) throws IOException {
        return JsonFile.read(directory.resolve(CONFIG), MOST_CONFIG_BYTES);
    }

    static Activation activation(JsonFile config, String key, String other) throws WeightsFormatException {
        return switch (config.word(key, other)) {
            case "quick_gelu" -> Activation.QUICK_GELU;
            case "gelu" -> Activation.GELU;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> Activation.GELU_TANH;
            default -> throw config.fault(key, "quick_gelu, gelu, gelu_new or gelu_pytorch_tanh");
        };
    }

    /** A constructor's refusal becomes the file's fault. */
    static <T> T built(JsonFile config, Builder<T> builder) throws WeightsFormatException {
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw config.fault(String.valueOf(e.getMessage()));
        }
    }

    @FunctionalInterface
    interface Builder<T> {
        T build() throws WeightsFormatException;
    }
}
