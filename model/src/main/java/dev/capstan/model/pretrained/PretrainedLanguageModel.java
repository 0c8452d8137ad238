package dev.capstan.model.pretrained;

import dev.capstan.model.Gpt2LanguageModel;
import dev.capstan.model.GptJLanguageModel;
import dev.capstan.model.LlamaLanguageModel;
import dev.capstan.model.LlamaLanguageModel.Rotary;
import dev.capstan.model.ModelArchitecture.LanguageModel;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.pretrained.PretrainedWeights.Source;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A language model as transformers writes it: {@code GPT2LMHeadModel}, {@code GPTJForCausalLM}, {@code LlamaForCausalLM}. A
 * setting that would change what the model computes and that Capstan does not have is refused by name.
 *
 * @param architecture of the model
 * @param weights what the files hold
 */
public record PretrainedLanguageModel(LanguageModel architecture, PretrainedWeights weights) {
    private static final double LAYER_NORM_EPSILON = 1e-5;
    private static final String TRANSFORMER = "transformer.";
    private static final String OUTPUT = "lm_head.weight";

    private record Description(LanguageModel languageModel) {}

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
    public static PretrainedLanguageModel read(Path directory) throws IOException {
        JsonFile config = HuggingFace.config(directory);
        String type = config.word("model_type", "");
        LanguageModel architecture = HuggingFace.built(config, () -> architecture(config, type));
        Map<String, TensorValue> present = WeightsDirectory.read(directory, WeightsDirectory.HUGGING_FACE);
        // The first GPT-2 was published without the prefix of its module.
        boolean bare = !present.containsKey("transformer.wte.weight") && present.containsKey("wte.weight");
        PretrainedWeights weights = PretrainedWeights.match(
                directory,
                "Hugging Face " + type,
                present,
                ParameterCatalog.languageModel(architecture),
                parameter -> source(parameter, bare),
                PretrainedLanguageModel::ignorable);
        return new PretrainedLanguageModel(architecture, weights);
    }

    private static LanguageModel architecture(JsonFile config, String type) throws WeightsFormatException {
        return switch (type) {
            case "gpt2" -> gpt2(config);
            case "gptj" -> gptJ(config);
            case "llama" -> llama(config);
            default -> throw config.fault("model_type", "gpt2, gptj or llama");
        };
    }

    private static LanguageModel gpt2(JsonFile config) throws WeightsFormatException {
        int width = config.integer("n_embd", 768);
        checkBlocks(config, width);
        require(config, "scale_attn_by_inverse_layer_idx", false, false);
        require(config, "tie_word_embeddings", true, true);
        require(config, "scale_attn_weights", true, true);
        return new Gpt2LanguageModel(
                config.integer("n_positions", 1024),
                config.integer("vocab_size", 50257),
                width,
                config.integer("n_head", 12),
                config.integer("n_layer", 12),
                HuggingFace.activation(config, "activation_function", "gelu_new"));
    }

    private static LanguageModel gptJ(JsonFile config) throws WeightsFormatException {
        int width = config.integer("n_embd", 4096);
        checkBlocks(config, width);
        require(config, "tie_word_embeddings", false, false);
        return new GptJLanguageModel(
                config.integer("n_positions", 2048),
                config.integer("vocab_size", 50400),
                width,
                config.integer("n_head", 16),
                config.integer("n_layer", 28),
                config.integer("rotary_dim", 64),
                HuggingFace.activation(config, "activation_function", "gelu_new"));
    }

    private static LanguageModel llama(JsonFile config) throws WeightsFormatException {
        int width = config.integer("hidden_size", 4096);
        int heads = config.integer("num_attention_heads", 32);
        config.require(heads > 0, "num_attention_heads", "positive");
        config.require(config.word("hidden_act", "silu").equals("silu"), "hidden_act", "silu");
        require(config, "attention_bias", false, false);
        require(config, "mlp_bias", false, false);
        return new LlamaLanguageModel(
                config.integer("max_position_embeddings", 2048),
                config.integer("vocab_size", 32000),
                width,
                heads,
                config.integer("num_key_value_heads", heads),
                config.integer("head_dim", width / heads),
                config.integer("num_hidden_layers", 32),
                config.integer("intermediate_size", 11008),
                (float) config.number("rms_norm_eps", 1e-6),
                config.flag("tie_word_embeddings", false),
                rotary(config));
    }

    /** Since version 5 transformers keeps all of it in {@code rope_parameters}. */
    private static Rotary rotary(JsonFile config) throws WeightsFormatException {
        JsonFile settings = config.object(config.has("rope_parameters") ? "rope_parameters" : "rope_scaling");
        double base = settings.number("rope_theta", config.number("rope_theta", 10_000));
        String type = settings.word("rope_type", settings.word("type", "default"));
        if (type.equals("default")) {
            return Rotary.plain(base);
        }
        if (!type.equals("llama3")) {
            throw settings.fault("rope_type", "default or llama3");
        }
        return new Rotary(
                base,
                settings.number("factor", 0),
                settings.number("low_freq_factor", 0),
                settings.number("high_freq_factor", 0),
                settings.integer("original_max_position_embeddings"));
    }

    private static void checkBlocks(JsonFile config, int width) throws WeightsFormatException {
        config.require(config.integer("n_inner", 4 * width) == 4 * width, "n_inner", "four times n_embd, " + 4 * width);
        config.require(
                config.number("layer_norm_epsilon", LAYER_NORM_EPSILON) == LAYER_NORM_EPSILON,
                "layer_norm_epsilon",
                "1e-5");
    }

    private static void require(JsonFile config, String key, boolean supported, boolean other)
            throws WeightsFormatException {
        config.require(config.flag(key, other) == supported, key, Boolean.toString(supported));
    }

    private static Source source(String parameter, boolean bare) {
        String name = parameter.substring(ParameterCatalog.LANGUAGE_MODEL.length());
        return Source.of(bare && name.startsWith(TRANSFORMER) ? name.substring(TRANSFORMER.length()) : name);
    }

    /** Masks and tables that older versions kept among the weights, and an output matrix that is the embedding anyway. */
    private static boolean ignorable(String name) {
        return name.endsWith(".attn.bias")
                || name.endsWith(".attn.masked_bias")
                || name.endsWith(".rotary_emb.inv_freq")
                || name.equals(OUTPUT);
    }
}
