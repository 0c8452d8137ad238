package dev.capstan.model.pretrained;

import dev.capstan.model.BeitImageEncoder;
import dev.capstan.model.ModelArchitecture.ImageEncoder;
import dev.capstan.model.NfResNetImageEncoder;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.pretrained.PretrainedWeights.Source;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * An image encoder that belongs to no CLIP, as LiMBeR reads it: transformers' {@code BeitModel} (with or without a head) or
 * timm's NF-ResNets. Its projection to a space shared with texts is not published, so it is not among the weights.
 *
 * @param architecture of the encoder
 * @param weights what the files hold
 */
public record PretrainedImageEncoder(ImageEncoder architecture, PretrainedWeights weights) {
    private static final String PREPROCESSOR = "preprocessor_config.json";
    private static final List<Float> HALF = List.of(0.5f, 0.5f, 0.5f);
    private static final String BEIT = "beit.";
    private static final Map<String, List<Integer>> NF_RESNET_LAYERS = Map.of(
            "nf_resnet26", List.of(2, 2, 2, 2),
            "nf_resnet50", List.of(3, 4, 6, 3),
            "nf_resnet101", List.of(3, 4, 23, 3));

    private record Description(ImageEncoder image) {}

    /** The architecture as JSON, for people. */
    public String configuration() {
        return HuggingFace.describe(new Description(architecture));
    }

    /**
     * Reads configuration and headers; the values stay in the mapped files.
     *
     * @throws WeightsFormatException naming the file and the fault. Missing and unexpected tensors are no fault here but
     *     lines of the report
     */
    public static PretrainedImageEncoder read(Path directory) throws IOException {
        JsonFile config = HuggingFace.config(directory);
        if (config.has("architecture")) {
            return nfResNet(directory, config);
        }
        config.require(config.word("model_type", "").equals("beit"), "model_type", "beit");
        return beit(directory, config);
    }

    private static PretrainedImageEncoder beit(Path directory, JsonFile config) throws IOException {
        JsonFile preprocessing = Files.exists(directory.resolve(PREPROCESSOR))
                ? JsonFile.read(directory.resolve(PREPROCESSOR), HuggingFace.MOST_CONFIG_BYTES)
                : config.object("preprocessor");
        ImageEncoder architecture = HuggingFace.built(config, () -> beit(config, preprocessing));
        Map<String, TensorValue> present = WeightsDirectory.read(directory, WeightsDirectory.HUGGING_FACE);
        boolean withHead = present.keySet().stream().anyMatch(name -> name.startsWith(BEIT));
        return new PretrainedImageEncoder(
                architecture,
                PretrainedWeights.match(
                        directory,
                        "Hugging Face BeitModel",
                        present,
                        ParameterCatalog.imageEncoder(architecture),
                        parameter -> Source.of((withHead ? BEIT : "") + below(parameter)),
                        name -> name.startsWith("classifier.")
                                || name.startsWith("lm_head.")
                                || name.endsWith("relative_position_index")
                                || name.endsWith("mask_token")));
    }

    private static ImageEncoder beit(JsonFile config, JsonFile preprocessing) throws WeightsFormatException {
        int width = config.integer("hidden_size", 768);
        config.require(
                config.integer("intermediate_size", 4 * width) == 4 * width,
                "intermediate_size",
                "four times hidden_size, " + 4 * width);
        config.require(config.number("layer_norm_eps", 1e-12) == 1e-12, "layer_norm_eps", "1e-12");
        config.require(config.word("hidden_act", "gelu").equals("gelu"), "hidden_act", "gelu");
        config.require(config.flag("use_relative_position_bias", false), "use_relative_position_bias", "true");
        config.require(config.flag("use_mean_pooling", true), "use_mean_pooling", "true");
        for (String other : List.of("use_shared_relative_position_bias", "use_absolute_position_embeddings")) {
            config.require(!config.flag(other, false), other, "false");
        }
        return new BeitImageEncoder(
                config.integer("image_size", 224),
                config.integer("patch_size", 16),
                width,
                config.integer("num_attention_heads", 12),
                config.integer("num_hidden_layers", 12),
                (float) config.number("layer_scale_init_value", 0.1),
                preprocessing.floats("image_mean", HALF),
                preprocessing.floats("image_std", HALF));
    }

    private static PretrainedImageEncoder nfResNet(Path directory, JsonFile config) throws IOException {
        List<Integer> layers = NF_RESNET_LAYERS.get(config.word("architecture", ""));
        if (layers == null) {
            throw config.fault("architecture", "one of " + NF_RESNET_LAYERS.keySet());
        }
        ImageEncoder architecture = HuggingFace.built(config, () -> nfResNet(config, layers));
        return new PretrainedImageEncoder(
                architecture,
                PretrainedWeights.match(
                        directory,
                        "timm " + config.word("architecture", ""),
                        WeightsDirectory.read(directory, WeightsDirectory.HUGGING_FACE),
                        ParameterCatalog.imageEncoder(architecture),
                        parameter -> Source.of(below(parameter)),
                        name -> name.startsWith("head.")));
    }

    private static ImageEncoder nfResNet(JsonFile config, List<Integer> layers) throws WeightsFormatException {
        JsonFile arguments = config.object("model_args");
        JsonFile pretrained = config.object("pretrained_cfg");
        List<Integer> input = pretrained.has("input_size") ? pretrained.integers("input_size") : List.of(3, 224, 224);
        pretrained.require(
                input.size() == 3 && input.get(0) == 3 && input.get(1).equals(input.get(2)),
                "input_size",
                "three channels of a square");
        return new NfResNetImageEncoder(
                input.get(1),
                arguments.has("depths") ? arguments.integers("depths") : layers,
                arguments.has("channels") ? arguments.integers("channels") : List.of(256, 512, 1024, 2048),
                arguments.integer("stem_chs", 64),
                pretrained.floats("mean", NfResNetImageEncoder.IMAGENET_MEAN),
                pretrained.floats("std", NfResNetImageEncoder.IMAGENET_STANDARD_DEVIATION));
    }

    private static String below(String parameter) {
        return parameter.substring(ParameterCatalog.IMAGE_ENCODER.length());
    }
}
