package dev.capstan.model;

import static dev.capstan.model.ParameterSpec.Initial.constant;
import static dev.capstan.model.ParameterSpec.Initial.normal;
import static dev.capstan.model.ParameterSpec.Initial.uniform;

import dev.capstan.model.ParameterSpec.Initial;
import dev.capstan.model.ParameterSpec.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Every parameter of an architecture: name, shape, first values. The names behind the prefixes are those of the
 * reference state dicts: openai/CLIP under {@value #CLIP}, Hugging Face's GPT-2 under {@value #LANGUAGE_MODEL}. First
 * values follow openai/CLIP's {@code initialize_parameters}, for the language model too: GPT-2's own deviation of 0.02 suits
 * a width of 768, and a narrow model that begins with it hardly learns to look back.
 */
public final class ParameterCatalog {
    public static final String CLIP = "clip.";
    public static final String IMAGE_ENCODER = CLIP + "visual.";
    public static final String LANGUAGE_MODEL = "language_model.";
    public static final String LIMBER = "limber.";
    public static final String LOGIT_SCALE = CLIP + "logit_scale";
    /** The tokenizer file, kept among the tensors as bytes. */
    public static final String TOKENIZER = "tokenizer.json";

    /** Logits begin scaled by 1/0.07 (arXiv 2103.00020, section 2.5). */
    private static final double FIRST_LOGIT_SCALE = Math.log(1 / 0.07);

    private static final double EMBEDDING_DEVIATION = 0.02;

    private final Map<String, ParameterSpec> specs = new LinkedHashMap<>();

    private ParameterCatalog(ModelArchitecture architecture) {
        imageEncoder(architecture.image(), architecture.embeddingDimension());
        textEncoder(architecture.text(), architecture.embeddingDimension());
        languageModel(architecture.languageModel());
        limber(architecture);
    }

    /** The parameters in the order in which a forward pass meets them. */
    public static Map<String, ParameterSpec> of(ModelArchitecture architecture) {
        return Collections.unmodifiableMap(new ParameterCatalog(architecture).specs);
    }

    private void imageEncoder(ModelArchitecture.ImageEncoder config, int outputs) {
        int width = config.width();
        String prefix = IMAGE_ENCODER;
        convolution(prefix + "conv1", 3, width / 2, 3);
        batchNorm(prefix + "bn1", width / 2, 1);
        convolution(prefix + "conv2", width / 2, width / 2, 3);
        batchNorm(prefix + "bn2", width / 2, 1);
        convolution(prefix + "conv3", width / 2, width, 3);
        batchNorm(prefix + "bn3", width, 1);
        int inputs = width;
        for (int stage = 0; stage < config.layers().size(); stage++) {
            int planes = width << stage;
            for (int block = 0; block < config.layers().get(stage); block++) {
                String name = prefix + "layer" + (stage + 1) + "." + block;
                // The first bottleneck of a stage changes channels or resolution, so its shortcut has weights.
                bottleneck(name, inputs, planes, block == 0);
                inputs = planes * 4;
            }
        }
        attentionPool(prefix + "attnpool.", config, outputs);
    }

    private void bottleneck(String prefix, int inputs, int planes, boolean downsample) {
        convolution(prefix + ".conv1", inputs, planes, 1);
        batchNorm(prefix + ".bn1", planes, 1);
        convolution(prefix + ".conv2", planes, planes, 3);
        batchNorm(prefix + ".bn2", planes, 1);
        convolution(prefix + ".conv3", planes, planes * 4L, 1);
        batchNorm(prefix + ".bn3", planes * 4L, 0);
        if (downsample) {
            convolution(prefix + ".downsample.0", inputs, planes * 4L, 1);
            batchNorm(prefix + ".downsample.1", planes * 4L, 1);
        }
    }

    private void attentionPool(String prefix, ModelArchitecture.ImageEncoder config, int outputs) {
        long features = config.features();
        double deviation = Math.pow(config.features(), -0.5);
        matrix(prefix + "positional_embedding", normal(deviation), (long) config.grid() * config.grid() + 1, features);
        for (String part : List.of("k_proj", "q_proj", "v_proj")) {
            linear(prefix + part, features, features, normal(deviation));
        }
        linear(prefix + "c_proj", features, outputs, normal(deviation));
    }

    private void textEncoder(ModelArchitecture.TextEncoder config, int outputs) {
        long width = config.width();
        double deviation = Math.pow(config.width(), -0.5);
        Initial residual = normal(deviation * Math.pow(2.0 * config.layers(), -0.5));
        matrix(CLIP + "token_embedding.weight", normal(EMBEDDING_DEVIATION), config.vocabularySize(), width);
        matrix(CLIP + "positional_embedding", normal(EMBEDDING_DEVIATION / 2), config.contextLength(), width);
        for (int layer = 0; layer < config.layers(); layer++) {
            String prefix = CLIP + "transformer.resblocks." + layer + ".";
            layerNorm(prefix + "ln_1", width);
            matrix(prefix + "attn.in_proj_weight", normal(deviation), 3 * width, width);
            vector(prefix + "attn.in_proj_bias", constant(0), 3 * width);
            matrix(prefix + "attn.out_proj.weight", residual, width, width);
            vector(prefix + "attn.out_proj.bias", constant(0), width);
            layerNorm(prefix + "ln_2", width);
            linear(prefix + "mlp.c_fc", width, 4 * width, normal(Math.pow(2.0 * config.width(), -0.5)));
            linear(prefix + "mlp.c_proj", 4 * width, width, residual);
        }
        layerNorm(CLIP + "ln_final", width);
        matrix(CLIP + "text_projection", normal(deviation), width, outputs);
        add(LOGIT_SCALE, Kind.GAIN_OR_BIAS, constant(FIRST_LOGIT_SCALE));
    }

    private void languageModel(ModelArchitecture.LanguageModel config) {
        long width = config.width();
        String prefix = LANGUAGE_MODEL + "transformer.";
        double deviation = Math.pow(config.width(), -0.5);
        Initial residual = normal(deviation * Math.pow(2.0 * config.layers(), -0.5));
        matrix(prefix + "wte.weight", normal(EMBEDDING_DEVIATION), config.vocabularySize(), width);
        matrix(prefix + "wpe.weight", normal(EMBEDDING_DEVIATION / 2), config.contextLength(), width);
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = prefix + "h." + layer + ".";
            layerNorm(block + "ln_1", width);
            conv1d(block + "attn.c_attn", width, 3 * width, normal(deviation));
            conv1d(block + "attn.c_proj", width, width, residual);
            layerNorm(block + "ln_2", width);
            conv1d(block + "mlp.c_fc", width, 4 * width, normal(Math.pow(2.0 * config.width(), -0.5)));
            conv1d(block + "mlp.c_proj", 4 * width, width, residual);
        }
        layerNorm(prefix + "ln_f", width);
    }

    /** The soft prompt begins at the scale of token embeddings. */
    private void limber(ModelArchitecture architecture) {
        int inputs = architecture.limberInputs();
        long outputs = (long) architecture.limber().softTokens()
                * architecture.languageModel().width();
        matrix(LIMBER + "proj.weight", normal(EMBEDDING_DEVIATION / Math.sqrt(inputs)), outputs, inputs);
        vector(LIMBER + "proj.bias", constant(0), outputs);
    }

    private void convolution(String name, long inputs, long outputs, long kernel) {
        matrix(name + ".weight", uniform((double) inputs * kernel * kernel), outputs, inputs, kernel, kernel);
    }

    private void batchNorm(String name, long channels, double gain) {
        vector(name + ".weight", constant(gain), channels);
        vector(name + ".bias", constant(0), channels);
        add(name + ".running_mean", Kind.STATISTIC, constant(0), channels);
        add(name + ".running_var", Kind.STATISTIC, constant(1), channels);
    }

    private void layerNorm(String name, long width) {
        vector(name + ".weight", constant(1), width);
        vector(name + ".bias", constant(0), width);
    }

    /** PyTorch's layout: outputs x inputs. */
    private void linear(String name, long inputs, long outputs, Initial weight) {
        matrix(name + ".weight", weight, outputs, inputs);
        vector(name + ".bias", uniform((double) inputs), outputs);
    }

    /** GPT-2's layout: inputs x outputs. */
    private void conv1d(String name, long inputs, long outputs, Initial weight) {
        matrix(name + ".weight", weight, inputs, outputs);
        vector(name + ".bias", constant(0), outputs);
    }

    private void matrix(String name, Initial initial, long... shape) {
        add(name, Kind.MATRIX, initial, shape);
    }

    private void vector(String name, Initial initial, long length) {
        add(name, Kind.GAIN_OR_BIAS, initial, length);
    }

    private void add(String name, Kind kind, Initial initial, long... shape) {
        List<Long> dimensions = new ArrayList<>();
        for (long dimension : shape) {
            dimensions.add(dimension);
        }
        specs.put(name, new ParameterSpec(name, dimensions, kind, initial));
    }
}
