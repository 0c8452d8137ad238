package dev.capstan.model.pretrained;

import dev.capstan.model.ClipTextEncoder;
import dev.capstan.model.ModelArchitecture.ImageEncoder;
import dev.capstan.model.ModelArchitecture.TextEncoder;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.VitImageEncoder;
import dev.capstan.model.pretrained.PretrainedWeights.Source;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Hugging Face's {@code CLIPModel} (transformers, modeling_clip.py). A key that the configuration lacks has the value that
 * transformers gives it.
 */
final class HuggingFaceClipReader {
    private static final String PREPROCESSOR = "preprocessor_config.json";
    private static final double LAYER_NORM_EPSILON = 1e-5;
    private static final Map<String, String> LAYER_PARTS = Map.of(
            "ln_1", "layer_norm1",
            "ln_2", "layer_norm2",
            "attn.out_proj", "self_attn.out_proj",
            "mlp.c_fc", "mlp.fc1",
            "mlp.c_proj", "mlp.fc2");

    private HuggingFaceClipReader() {}

    static PretrainedClip read(Path directory) throws IOException {
        JsonFile config = HuggingFace.config(directory);
        JsonFile preprocessing = Files.exists(directory.resolve(PREPROCESSOR))
                ? JsonFile.read(directory.resolve(PREPROCESSOR), HuggingFace.MOST_CONFIG_BYTES)
                : config.object("preprocessor");
        if (config.word("model_type", "").equals(SiglipReader.MODEL_TYPE)) {
            return SiglipReader.read(directory, config, preprocessing);
        }
        config.require(config.word("model_type", "").equals("clip"), "model_type", "clip or siglip");
        int embeddingDimension = config.integer("projection_dim", 512);
        JsonFile visionConfig = config.object("vision_config");
        ImageEncoder image = HuggingFace.built(visionConfig, () -> image(visionConfig, preprocessing));
        JsonFile textConfig = config.object("text_config");
        TextEncoder text = HuggingFace.built(textConfig, () -> text(textConfig));
        PretrainedWeights weights = PretrainedWeights.match(
                directory,
                "Hugging Face CLIPModel",
                WeightsDirectory.read(directory, WeightsDirectory.HUGGING_FACE),
                ParameterCatalog.clip(image, text, embeddingDimension),
                HuggingFaceClipReader::source,
                name -> name.endsWith(".position_ids"));
        return new PretrainedClip(embeddingDimension, image, text, weights);
    }

    private static ImageEncoder image(JsonFile config, JsonFile preprocessing) throws WeightsFormatException {
        int width = config.integer("hidden_size", 768);
        checkBlocks(config, width);
        return new VitImageEncoder(
                config.integer("image_size", 224),
                config.integer("patch_size", 32),
                width,
                config.integer("num_attention_heads", 12),
                config.integer("num_hidden_layers", 12),
                HuggingFace.activation(config, "hidden_act", "quick_gelu"),
                preprocessing.floats("image_mean", ImageEncoder.CLIP_MEAN),
                preprocessing.floats("image_std", ImageEncoder.CLIP_STANDARD_DEVIATION));
    }

    private static TextEncoder text(JsonFile config) throws WeightsFormatException {
        int width = config.integer("hidden_size", 512);
        checkBlocks(config, width);
        return new ClipTextEncoder(
                config.integer("max_position_embeddings", 77),
                config.integer("vocab_size", 49408),
                width,
                config.integer("num_attention_heads", 8),
                config.integer("num_hidden_layers", 12),
                HuggingFace.activation(config, "hidden_act", "quick_gelu"));
    }

    private static void checkBlocks(JsonFile config, int width) throws WeightsFormatException {
        config.require(
                config.integer("intermediate_size", 4 * width) == 4 * width,
                "intermediate_size",
                "four times hidden_size, " + 4 * width);
        config.require(
                config.number("layer_norm_eps", LAYER_NORM_EPSILON) == LAYER_NORM_EPSILON, "layer_norm_eps", "1e-5");
    }

    /** Where transformers keeps a parameter of ours. */
    private static Source source(String parameter) {
        String name = parameter.substring(ParameterCatalog.CLIP.length());
        if (name.startsWith("visual.transformer.resblocks.")) {
            return layer("vision_model.encoder.layers.", name.substring("visual.transformer.resblocks.".length()));
        }
        if (name.startsWith("transformer.resblocks.")) {
            return layer("text_model.encoder.layers.", name.substring("transformer.resblocks.".length()));
        }
        return switch (name) {
            case "logit_scale" -> Source.of("logit_scale");
            case "visual.conv1.weight" -> Source.of("vision_model.embeddings.patch_embedding.weight");
            case "visual.class_embedding" -> Source.of("vision_model.embeddings.class_embedding");
            case "visual.positional_embedding" -> Source.of("vision_model.embeddings.position_embedding.weight");
            case "visual.proj" -> Source.transposed("visual_projection.weight");
            case "token_embedding.weight" -> Source.of("text_model.embeddings.token_embedding.weight");
            case "positional_embedding" -> Source.of("text_model.embeddings.position_embedding.weight");
            case "text_projection" -> Source.transposed("text_projection.weight");
            default ->
                Source.of(name.replace("visual.ln_pre.", "vision_model.pre_layrnorm.") // sic
                        .replace("visual.ln_post.", "vision_model.post_layernorm.")
                        .replace("ln_final.", "text_model.final_layer_norm."));
        };
    }

    /**
     * @param rest number of the layer, a dot, our name below it
     */
    private static Source layer(String prefix, String rest) {
        int dot = rest.indexOf('.');
        String layer = prefix + rest.substring(0, dot + 1);
        String part = rest.substring(dot + 1);
        if (part.startsWith("attn.in_proj_")) {
            String kind = part.substring("attn.in_proj_".length());
            String attention = layer + "self_attn.";
            return Source.of(attention + "q_proj." + kind, attention + "k_proj." + kind, attention + "v_proj." + kind);
        }
        int last = part.lastIndexOf('.');
        String translated = LAYER_PARTS.get(part.substring(0, last));
        if (translated == null) {
            throw new IllegalStateException("no name for " + part);
        }
        return Source.of(layer + translated + part.substring(last));
    }
}
