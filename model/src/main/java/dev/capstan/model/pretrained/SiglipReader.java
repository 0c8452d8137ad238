package dev.capstan.model.pretrained;

import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.SiglipImageEncoder;
import dev.capstan.model.SiglipTextEncoder;
import dev.capstan.model.pretrained.PretrainedWeights.Source;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Hugging Face's {@code SiglipModel} (transformers, modeling_siglip.py), whose names ours are. */
final class SiglipReader {
    static final String MODEL_TYPE = "siglip";
    private static final List<Float> HALF = List.of(0.5f, 0.5f, 0.5f);

    private SiglipReader() {}

    static PretrainedClip read(Path directory, JsonFile config, JsonFile preprocessing) throws IOException {
        JsonFile visionConfig = config.object("vision_config");
        SiglipImageEncoder image = HuggingFace.built(visionConfig, () -> image(visionConfig, preprocessing));
        JsonFile textConfig = config.object("text_config");
        SiglipTextEncoder text = HuggingFace.built(textConfig, () -> text(textConfig));
        int outputs = textConfig.integer("projection_size", text.width());
        textConfig.require(outputs == image.width(), "projection_size", "the image encoder's " + image.width());
        PretrainedWeights weights = PretrainedWeights.match(
                directory,
                "Hugging Face SiglipModel",
                WeightsDirectory.read(directory, WeightsDirectory.HUGGING_FACE),
                ParameterCatalog.clip(image, text, outputs),
                SiglipReader::source,
                name -> name.endsWith(".position_ids"));
        return new PretrainedClip(outputs, image, text, weights);
    }

    private static Source source(String parameter) {
        return Source.of(
                parameter.startsWith(ParameterCatalog.IMAGE_ENCODER)
                        ? parameter.substring(ParameterCatalog.IMAGE_ENCODER.length())
                        : parameter.substring(ParameterCatalog.CLIP.length()));
    }

    private static SiglipImageEncoder image(JsonFile config, JsonFile preprocessing) throws WeightsFormatException {
        checkBlocks(config);
        config.require(config.flag("vision_use_head", true), "vision_use_head", "true");
        return new SiglipImageEncoder(
                config.integer("image_size", 224),
                config.integer("patch_size", 16),
                config.integer("hidden_size", 768),
                config.integer("num_attention_heads", 12),
                config.integer("num_hidden_layers", 12),
                config.integer("intermediate_size", 3072),
                preprocessing.floats("image_mean", HALF),
                preprocessing.floats("image_std", HALF));
    }

    private static SiglipTextEncoder text(JsonFile config) throws WeightsFormatException {
        checkBlocks(config);
        return new SiglipTextEncoder(
                config.integer("max_position_embeddings", 64),
                config.integer("vocab_size", 32000),
                config.integer("hidden_size", 768),
                config.integer("num_attention_heads", 12),
                config.integer("num_hidden_layers", 12),
                config.integer("intermediate_size", 3072),
                config.integer("pad_token_id", 1));
    }

    private static void checkBlocks(JsonFile config) throws WeightsFormatException {
        config.require(config.number("layer_norm_eps", 1e-6) == 1e-6, "layer_norm_eps", "1e-6");
        config.require(
                config.word("hidden_act", "gelu_pytorch_tanh").equals("gelu_pytorch_tanh"),
                "hidden_act",
                "gelu_pytorch_tanh");
    }
}
