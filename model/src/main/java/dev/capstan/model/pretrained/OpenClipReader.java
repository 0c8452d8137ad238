package dev.capstan.model.pretrained;

import dev.capstan.model.ClipTextEncoder;
import dev.capstan.model.ModelArchitecture.Activation;
import dev.capstan.model.ModelArchitecture.ImageEncoder;
import dev.capstan.model.ModelArchitecture.TextEncoder;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ResNetImageEncoder;
import dev.capstan.model.VitImageEncoder;
import dev.capstan.model.pretrained.PretrainedWeights.Source;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * open_clip's own layout, whose names are openai/CLIP's, as ours are. A key of the configuration that would change what the
 * model computes and that Capstan does not know is refused by name.
 */
final class OpenClipReader {
    static final String CONFIG = "open_clip_config.json";
    /** Prefix of the text encoder's tensors where open_clip keeps it as a module of its own. */
    private static final String CUSTOM_TEXT = "text.";

    private static final int HEAD_WIDTH = 64;
    private static final int RESNET_EXPANSION = 32;
    private static final Set<String> MODEL_KEYS =
            Set.of("embed_dim", "vision_cfg", "text_cfg", "quick_gelu", "init_logit_scale", "custom_text");
    private static final Set<String> VISION_KEYS = Set.of(
            "image_size", "layers", "width", "head_width", "patch_size", "mlp_ratio", "patch_dropout", "ls_init_value");
    private static final Set<String> TEXT_KEYS =
            Set.of("context_length", "vocab_size", "width", "heads", "layers", "hf_tokenizer_name", "tokenizer_kwargs");

    private OpenClipReader() {}

    /** Whether there is a weights file of a name that only open_clip gives. */
    static boolean hasWeights(Path directory) {
        return WeightsDirectory.OPEN_CLIP.stream()
                .filter(name -> !WeightsDirectory.HUGGING_FACE.contains(name))
                .anyMatch(name -> Files.exists(directory.resolve(name)));
    }

    static PretrainedClip read(Path directory) throws IOException {
        JsonFile file = JsonFile.read(directory.resolve(CONFIG), HuggingFace.MOST_CONFIG_BYTES);
        JsonFile config = file.object("model_cfg");
        refuseOthers(config, MODEL_KEYS);
        Activation activation = config.flag("quick_gelu", false) ? Activation.QUICK_GELU : Activation.GELU;
        int embeddingDimension = config.integer("embed_dim");
        JsonFile vision = config.object("vision_cfg");
        refuseOthers(vision, VISION_KEYS);
        JsonFile preprocessing = file.object("preprocess_cfg");
        ImageEncoder image = HuggingFace.built(vision, () -> image(vision, preprocessing, activation));
        JsonFile textConfig = config.object("text_cfg");
        refuseOthers(textConfig, TEXT_KEYS);
        TextEncoder text = HuggingFace.built(
                textConfig,
                () -> new ClipTextEncoder(
                        textConfig.integer("context_length", 77),
                        textConfig.integer("vocab_size", 49408),
                        textConfig.integer("width", 512),
                        textConfig.integer("heads", 8),
                        textConfig.integer("layers", 12),
                        activation));
        Map<String, TensorValue> present = WeightsDirectory.read(directory, WeightsDirectory.OPEN_CLIP);
        boolean custom = present.containsKey(CUSTOM_TEXT + "token_embedding.weight");
        PretrainedWeights weights = PretrainedWeights.match(
                directory,
                "open_clip",
                present,
                ParameterCatalog.clip(image, text, embeddingDimension),
                name -> source(name, custom),
                name -> name.endsWith(".num_batches_tracked") || name.endsWith("attn_mask"));
        return new PretrainedClip(embeddingDimension, image, text, weights);
    }

    private static ImageEncoder image(JsonFile config, JsonFile preprocessing, Activation activation)
            throws WeightsFormatException {
        List<Float> mean = preprocessing.floats("mean", ImageEncoder.CLIP_MEAN);
        List<Float> deviation = preprocessing.floats("std", ImageEncoder.CLIP_STANDARD_DEVIATION);
        int size = config.integer("image_size", 224);
        int width = config.integer("width", 768);
        int headWidth = config.integer("head_width", HEAD_WIDTH);
        config.require(headWidth > 0 && width > 0, "head_width", "positive, as must be width");
        if (config.isArray("layers")) {
            int heads = width * RESNET_EXPANSION / headWidth;
            return new ResNetImageEncoder(size, config.integers("layers"), width, heads, mean, deviation);
        }
        config.require(config.number("mlp_ratio", 4) == 4, "mlp_ratio", "4");
        config.require(!config.has("ls_init_value"), "ls_init_value", "null: layer scale is not supported");
        return new VitImageEncoder(
                size,
                config.integer("patch_size", 16),
                width,
                width / headWidth,
                config.integer("layers", 12),
                activation,
                mean,
                deviation);
    }

    private static void refuseOthers(JsonFile config, Set<String> known) throws WeightsFormatException {
        Set<String> others = new TreeSet<>();
        for (String key : config.keys()) {
            if (!known.contains(key) && config.has(key)) {
                others.add(key);
            }
        }
        if (!others.isEmpty()) {
            throw config.fault("the settings " + others + " are not supported; supported are " + new TreeSet<>(known));
        }
    }

    private static Source source(String parameter, boolean custom) {
        String name = parameter.substring(ParameterCatalog.CLIP.length());
        boolean ofText = !name.startsWith("visual.") && !name.equals("logit_scale");
        return Source.of(custom && ofText ? CUSTOM_TEXT + name : name);
    }
}
