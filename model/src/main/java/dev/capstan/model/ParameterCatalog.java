package dev.capstan.model;

import static dev.capstan.model.ParameterSpec.Initial.constant;
import static dev.capstan.model.ParameterSpec.Initial.normal;

import dev.capstan.model.ParameterSpec.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Every parameter of an architecture: name, shape, first values. The names behind the prefixes are those of the
 * reference state dicts: openai/CLIP under {@value #CLIP}, transformers' language models under {@value #LANGUAGE_MODEL}. First
 * values follow openai/CLIP's {@code initialize_parameters}.
 */
public final class ParameterCatalog {
    public static final String CLIP = "clip.";
    public static final String IMAGE_ENCODER = CLIP + "visual.";
    public static final String LANGUAGE_MODEL = "language_model.";
    public static final String LIMBER = "limber.";
    public static final String LOGIT_SCALE = CLIP + "logit_scale";
    /** Of the sigmoid loss alone. */
    public static final String LOGIT_BIAS = CLIP + "logit_bias";
    /** Below an image encoder: from its pooled vector to the space shared with texts, where it is not a layer of its own. */
    public static final String PROJECTION = "proj";
    /** The tokenizer file, kept among the tensors as bytes. */
    public static final String TOKENIZER = "tokenizer.json";
    /** The language model's own tokenizer file, where it has one, kept likewise. */
    public static final String LANGUAGE_MODEL_TOKENIZER = "language_model_tokenizer.json";

    /** The program of an image encoder that is TorchScript, kept likewise. */
    public static final String IMAGE_PROGRAM = "image_encoder.pt";

    /** Logits begin scaled by 1/0.07 (arXiv 2103.00020, section 2.5). */
    private static final double FIRST_LOGIT_SCALE = Math.log(1 / 0.07);

    /** The sigmoid loss begins with ln 10 and -10 (arXiv 2303.15343, section 3.2). */
    private static final double FIRST_SIGMOID_SCALE = Math.log(10);

    private static final double FIRST_SIGMOID_BIAS = -10;

    private static final double EMBEDDING_DEVIATION = 0.02;

    private ParameterCatalog() {}

    /** The parameters in the order in which a forward pass meets them. */
    public static Map<String, ParameterSpec> of(ModelArchitecture architecture) {
        ParameterList parameters = new ParameterList();
        clip(parameters, architecture.image(), architecture.text(), architecture.embeddingDimension());
        architecture.languageModel().declare(parameters.under(LANGUAGE_MODEL));
        limber(parameters.under(LIMBER), architecture);
        return parameters.byName();
    }

    /** The files that an architecture has beside its weights, by the names of the tensors that hold them as bytes. */
    public static List<String> files(ModelArchitecture architecture) {
        List<String> files = new ArrayList<>(List.of(TOKENIZER));
        if (architecture.languageModelTokenizer().isPresent()) {
            files.add(LANGUAGE_MODEL_TOKENIZER);
        }
        if (architecture.image() instanceof TorchScriptImageEncoder) {
            files.add(IMAGE_PROGRAM);
        }
        return List.copyOf(files);
    }

    /** The parameters of CLIP alone. */
    public static Map<String, ParameterSpec> clip(
            ModelArchitecture.ImageEncoder image, ModelArchitecture.TextEncoder text, int embeddingDimension) {
        ParameterList parameters = new ParameterList();
        clip(parameters, image, text, embeddingDimension);
        return parameters.byName();
    }

    /** The parameters of an image encoder alone, without a projection to a space shared with texts. */
    public static Map<String, ParameterSpec> imageEncoder(ModelArchitecture.ImageEncoder image) {
        ParameterList parameters = new ParameterList();
        image.declare(parameters.under(IMAGE_ENCODER), 1);
        Map<String, ParameterSpec> specs = new LinkedHashMap<>(parameters.byName());
        specs.remove(IMAGE_ENCODER + PROJECTION);
        return Collections.unmodifiableMap(specs);
    }

    /** The parameters of a language model alone. */
    public static Map<String, ParameterSpec> languageModel(ModelArchitecture.LanguageModel config) {
        ParameterList parameters = new ParameterList();
        config.declare(parameters.under(LANGUAGE_MODEL));
        return parameters.byName();
    }

    private static void clip(
            ParameterList parameters,
            ModelArchitecture.ImageEncoder image,
            ModelArchitecture.TextEncoder text,
            int embeddingDimension) {
        image.declare(parameters.under(IMAGE_ENCODER), embeddingDimension);
        text.declare(parameters.under(CLIP), embeddingDimension);
        if (text.logitBias()) {
            parameters.vector(LOGIT_SCALE, constant(FIRST_SIGMOID_SCALE), 1);
            parameters.vector(LOGIT_BIAS, constant(FIRST_SIGMOID_BIAS), 1);
            return;
        }
        parameters.add(LOGIT_SCALE, Kind.GAIN_OR_BIAS, constant(FIRST_LOGIT_SCALE));
    }

    /** The soft prompt begins at the scale of token embeddings. */
    private static void limber(ParameterList parameters, ModelArchitecture architecture) {
        int inputs = architecture.limberInputs();
        long outputs = (long) architecture.limber().softTokens()
                * architecture.languageModel().width();
        parameters.matrix("proj.weight", normal(EMBEDDING_DEVIATION / Math.sqrt(inputs)), outputs, inputs);
        parameters.vector("proj.bias", constant(0), outputs);
    }
}
