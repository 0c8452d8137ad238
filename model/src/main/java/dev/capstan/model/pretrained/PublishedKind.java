package dev.capstan.model.pretrained;

import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** What a directory of a published model holds. */
public enum PublishedKind {
    /** An image and a text encoder: CLIP or SigLIP. */
    CLIP,
    LANGUAGE_MODEL,
    /** An image encoder that belongs to no CLIP. */
    IMAGE_ENCODER;

    private static final String MODEL_TYPE = "model_type";
    /** Timm's key of a model's name. */
    private static final String ARCHITECTURE = "architecture";

    private static final Map<String, PublishedKind> BY_TYPE = Map.of(
            "clip", CLIP,
            "siglip", CLIP,
            "beit", IMAGE_ENCODER,
            "gpt2", LANGUAGE_MODEL,
            "gptj", LANGUAGE_MODEL,
            "llama", LANGUAGE_MODEL);

    /**
     * Reads the configuration's kind; empty where there is no configuration that Hugging Face, open_clip or timm would write.
     *
     * @throws WeightsFormatException if it is of a kind that Capstan does not have
     */
    public static Optional<PublishedKind> of(Path directory) throws IOException {
        if (Files.isRegularFile(directory.resolve(OpenClipReader.CONFIG))) {
            return Optional.of(CLIP);
        }
        if (!Files.isRegularFile(directory.resolve(HuggingFace.CONFIG))) {
            return Optional.empty();
        }
        Optional<JsonFile> config = readable(directory);
        if (config.isEmpty()) {
            return Optional.empty();
        }
        if (config.get().has(MODEL_TYPE)) {
            PublishedKind kind = BY_TYPE.get(config.get().word(MODEL_TYPE, ""));
            if (kind == null) {
                throw config.get()
                        .fault(
                                MODEL_TYPE,
                                "one of " + BY_TYPE.keySet().stream().sorted().toList());
            }
            return Optional.of(kind);
        }
        return config.get().has(ARCHITECTURE) ? Optional.of(IMAGE_ENCODER) : Optional.empty();
    }

    /** What is no JSON object is nobody's configuration; whoever reads it says so. */
    private static Optional<JsonFile> readable(Path directory) throws IOException {
        try {
            return Optional.of(HuggingFace.config(directory));
        } catch (WeightsFormatException e) {
            return Optional.empty();
        }
    }
}
