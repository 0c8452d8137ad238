package dev.capstan.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.capstan.model.network.Constants;
import dev.capstan.model.tensors.WeightsFormatException;
import java.util.List;
import java.util.Optional;

/**
 * Everything about a model that is not a weight: with it and the tensors a model can be built. Kept as JSON in
 * {@code config.json} and in every checkpoint manifest.
 *
 * @param embeddingDimension width of the space that images and texts share
 * @param image the image encoder of CLIP
 * @param text the text encoder of CLIP
 * @param languageModel the frozen language model that writes the captions
 * @param limber how image features reach the language model
 * @param tokenizer special tokens of the text encoder's vocabulary
 * @param languageModelTokenizer special tokens of the language model's own vocabulary; empty where it has the text
 *     encoder's, and then absent from the JSON
 */
public record ModelArchitecture(
        int embeddingDimension,
        ImageEncoder image,
        TextEncoder text,
        LanguageModel languageModel,
        Limber limber,
        Tokenizer tokenizer,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Tokenizer> languageModelTokenizer) {
    private static final String LANGUAGE_MODEL_TOKENIZER = "languageModelTokenizer";

    /** Tells the records of a closed set apart in JSON. */
    static final String KIND = "kind";

    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    public ModelArchitecture {
        require(embeddingDimension > 0, "embeddingDimension must be positive");
        require(
                languageModelTokenizer.isPresent() || text.vocabularySize() == languageModel.vocabularySize(),
                "text encoder and language model share one vocabulary, but have sizes " + text.vocabularySize()
                        + " and " + languageModel.vocabularySize()
                        + ": a language model with a vocabulary of its own needs a languageModelTokenizer");
        require(tokenizer.startToken() != tokenizer.endToken(), "start and end token must differ");
        requireInside("the vocabulary", tokenizer, text.vocabularySize());
        Tokenizer ofCaptions = languageModelTokenizer.orElse(tokenizer);
        requireInside("the language model's vocabulary", ofCaptions, languageModel.vocabularySize());
        require(
                !limber.startTokenFirst() || ofCaptions.startToken() != Tokenizer.NONE,
                "startTokenFirst needs a start token, which the language model's vocabulary lacks");
    }

    /** Text encoder and language model share one vocabulary. */
    public ModelArchitecture(
            int embeddingDimension,
            ImageEncoder image,
            TextEncoder text,
            LanguageModel languageModel,
            Limber limber,
            Tokenizer tokenizer) {
        this(embeddingDimension, image, text, languageModel, limber, tokenizer, Optional.empty());
    }

    private static void requireInside(String vocabulary, Tokenizer special, int size) {
        int greatest = Math.max(special.startToken(), Math.max(special.endToken(), special.padToken()));
        require(greatest < size, "special token " + greatest + " is outside " + vocabulary);
    }

    /**
     * The image encoders that Capstan knows. Each says which parameters it has and builds its own forward pass.
     *
     * <p>A reader of older files takes one without a {@code kind} for a {@link ResNetImageEncoder}.
     */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = KIND)
    @JsonSubTypes({
        @JsonSubTypes.Type(value = ResNetImageEncoder.class, name = ResNetImageEncoder.KIND),
        @JsonSubTypes.Type(value = VitImageEncoder.class, name = VitImageEncoder.KIND),
        @JsonSubTypes.Type(value = BeitImageEncoder.class, name = BeitImageEncoder.KIND),
        @JsonSubTypes.Type(value = NfResNetImageEncoder.class, name = NfResNetImageEncoder.KIND),
        @JsonSubTypes.Type(value = SiglipImageEncoder.class, name = SiglipImageEncoder.KIND),
        @JsonSubTypes.Type(value = TorchScriptImageEncoder.class, name = TorchScriptImageEncoder.KIND),
    })
    public sealed interface ImageEncoder
            permits ResNetImageEncoder,
                    VitImageEncoder,
                    BeitImageEncoder,
                    NfResNetImageEncoder,
                    SiglipImageEncoder,
                    TorchScriptImageEncoder {
        /** Mean and deviation of the pixels that CLIP was trained on (openai/CLIP, clip.py). */
        List<Float> CLIP_MEAN = List.of(0.48145467f, 0.4578275f, 0.40821072f);

        List<Float> CLIP_STANDARD_DEVIATION = List.of(0.26862955f, 0.2613026f, 0.2757771f);

        /** Side of the square input in pixels. */
        int size();

        /** Of red, green and blue in 0..1, subtracted from each pixel. */
        List<Float> mean();

        /** That each pixel is then divided by. */
        List<Float> standardDeviation();

        /** Width of the grid's vectors, and of the pooled one. */
        int features();

        /** Vectors of the feature grid. */
        int positions();

        /** Its forward pass. */
        dev.capstan.model.network.ImageEncoder network(Constants constants);

        /**
         * Its forward pass, where it is more than weights.
         *
         * @throws WeightsFormatException if what the bundle has of it cannot be read
         */
        default dev.capstan.model.network.ImageEncoder network(Constants constants, ModelBundle bundle)
                throws WeightsFormatException {
            return network(constants);
        }

        /**
         * Adds its parameters, in the order in which a forward pass meets them.
         *
         * @param outputs width of the space shared with texts
         */
        void declare(ParameterList parameters, int outputs);

        /** CLIP's ModifiedResNet with the reference's heads, one for each 64 features, and its pixel statistics. */
        static ResNetImageEncoder of(int size, List<Integer> layers, int width) {
            return ResNetImageEncoder.of(size, layers, width);
        }
    }

    /**
     * The text encoders that Capstan knows. Each says which parameters it has and builds its own forward pass.
     *
     * <p>A reader of older files takes one without a {@code kind} for a {@link ClipTextEncoder}.
     */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = KIND)
    @JsonSubTypes({
        @JsonSubTypes.Type(value = ClipTextEncoder.class, name = ClipTextEncoder.KIND),
        @JsonSubTypes.Type(value = SiglipTextEncoder.class, name = SiglipTextEncoder.KIND),
    })
    public sealed interface TextEncoder permits ClipTextEncoder, SiglipTextEncoder {
        /** Most tokens of a text, start and end token included. */
        int contextLength();

        /** Tokens of the vocabulary. */
        int vocabularySize();

        /** Whether pictures and texts are compared by the sigmoid loss, which has a bias of the logits. */
        boolean logitBias();

        /** Its forward pass. */
        dev.capstan.model.network.TextEncoder network(Constants constants);

        /**
         * Adds its parameters, in the order in which a forward pass meets them.
         *
         * @param outputs width of the space shared with pictures
         */
        void declare(ParameterList parameters, int outputs);
    }

    /**
     * The language models that Capstan knows, all decoders that read embeddings. Each says which parameters it has and
     * builds its own forward pass.
     *
     * <p>A reader of older files takes one without a {@code kind} for a {@link Gpt2LanguageModel}.
     */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = KIND)
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Gpt2LanguageModel.class, name = Gpt2LanguageModel.KIND),
        @JsonSubTypes.Type(value = GptJLanguageModel.class, name = GptJLanguageModel.KIND),
        @JsonSubTypes.Type(value = LlamaLanguageModel.class, name = LlamaLanguageModel.KIND),
    })
    public sealed interface LanguageModel permits Gpt2LanguageModel, GptJLanguageModel, LlamaLanguageModel {
        /** Most positions, soft prompt included. */
        int contextLength();

        /** Tokens of the vocabulary. */
        int vocabularySize();

        /** Features of a token. */
        int width();

        /** Residual blocks. */
        int layers();

        /** Its forward pass. */
        dev.capstan.model.network.LanguageModel network(Constants constants);

        /** Adds its parameters, in the order in which a forward pass meets them. */
        void declare(ParameterList parameters);
    }

    /** Non-linearities. GELU_TANH is GPT-2's {@code gelu_new}. */
    public enum Activation {
        GELU,
        GELU_TANH,
        QUICK_GELU
    }

    /** What the linear map reads from the image encoder. */
    public enum ImageFeature {
        /** The image's vector in the shared space: {@code embeddingDimension} wide. */
        EMBEDDING,
        /** What the encoder pools (CLIP's attention pool, a class token), before the projection to the shared space. */
        ATTENTION_POOL,
        /** Mean of the feature grid. */
        AVERAGE_POOL,
        /** Each position of the feature grid: one soft prompt token a position, as LiMBeR does with CLIP. */
        GRID
    }

    /**
     * LiMBeR (arXiv 2209.15162): one linear map with bias from image features to the input space of the language model.
     *
     * @param feature what the map reads
     * @param softTokens soft prompt tokens that the map writes for each feature vector it reads
     * @param standardise whether each feature vector is first brought to mean 0 and variance 1 (a layer norm without
     *     weights), so that the map need not follow a drifting scale; the paper has none
     * @param dropout share of the soft prompt's entries dropped in training
     * @param startTokenFirst whether the start token stands before the soft prompt, for a language model that has never
     *     seen a text without it; the paper's has none
     * @param prompt text between the soft prompt and the caption
     * @param groundingPrefix text before a caption when its similarity to the image is measured (CLIPScore, arXiv
     *     2104.08718, has "A photo depicts ")
     */
    public record Limber(
            ImageFeature feature,
            int softTokens,
            boolean standardise,
            float dropout,
            boolean startTokenFirst,
            String prompt,
            String groundingPrefix) {
        public static final String PAPER_PROMPT = "a picture of";
        public static final String PAPER_GROUNDING_PREFIX = "A photo depicts ";
        private static final String CAPITAL_PROMPT = "A picture of";
        private static final float PAPER_DROPOUT = 0.1f;

        /**
         * As the paper has it, for a language model that tells letters apart by case: dropout, no standardisation, nothing
         * before the soft prompt.
         */
        public static Limber ofThePaper(ImageFeature feature, int softTokens) {
            return new Limber(feature, softTokens, false, PAPER_DROPOUT, false, CAPITAL_PROMPT, PAPER_GROUNDING_PREFIX);
        }

        public Limber {
            require(softTokens > 0, "softTokens must be positive");
            require(dropout >= 0 && dropout < 1, "dropout must be in 0..1");
        }
    }

    /**
     * Special tokens of the vocabulary in {@code tokenizer.json}, and what is done to texts before it cuts them.
     *
     * @param startToken id that begins a text, or {@link #NONE}
     * @param endToken id that ends a text; CLIP reads a text's feature there
     * @param padToken id that fills a batch
     * @param lowerCase whether texts are lower-cased first, as CLIP does
     * @param cleaned whether texts are cleaned first as openai/CLIP does: broken encodings mended, HTML entities resolved,
     *     white space collapsed, lower case; absent from the JSON where they are not
     */
    public record Tokenizer(
            int startToken,
            int endToken,
            int padToken,
            boolean lowerCase,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean cleaned) {
        /** In place of the start token of a vocabulary that has none, such as SigLIP's. */
        public static final int NONE = -1;

        public Tokenizer {
            require(startToken >= NONE && endToken >= 0 && padToken >= 0, "token ids must not be negative");
        }

        /** Texts are at most lower-cased. */
        public Tokenizer(int startToken, int endToken, int padToken, boolean lowerCase) {
            this(startToken, endToken, padToken, lowerCase, false);
        }
    }

    /** The special tokens that the language model reads and writes. */
    public Tokenizer captionTokenizer() {
        return languageModelTokenizer.orElse(tokenizer);
    }

    /** Width of the vectors that the linear map reads. */
    public int limberInputs() {
        return limber.feature() == ImageFeature.EMBEDDING ? embeddingDimension : image.features();
    }

    /** Positions that the soft prompt takes in the language model. */
    public int softPromptLength() {
        int vectors = limber.feature() == ImageFeature.GRID ? image.positions() : 1;
        return vectors * limber.softTokens();
    }

    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of records is always JSON", e);
        }
    }

    /**
     * Reads what {@link #toJson} wrote. Unknown and missing keys are refused.
     *
     * @throws WeightsFormatException naming the fault
     */
    public static ModelArchitecture fromJson(String json) throws WeightsFormatException {
        try {
            JsonNode tree = JSON.readTree(json);
            if (!(tree instanceof ObjectNode root)) {
                throw new WeightsFormatException("model architecture: not a JSON object");
            }
            addDefaults(root);
            return JSON.treeToValue(root, ModelArchitecture.class);
        } catch (JsonProcessingException e) {
            throw new WeightsFormatException("model architecture: " + e.getOriginalMessage(), e);
        }
    }

    /** Keys that older files lack, with what they meant. */
    private static void addDefaults(ObjectNode root) {
        setDefault(root, "image", KIND, ResNetImageEncoder.KIND);
        setDefault(root, "languageModel", KIND, Gpt2LanguageModel.KIND);
        if (!root.path("text").has(KIND)) {
            setDefault(root, "text", KIND, ClipTextEncoder.KIND);
            setDefault(root, "text", "activation", Activation.QUICK_GELU.name());
        }
        if (!root.has(LANGUAGE_MODEL_TOKENIZER)) {
            root.putNull(LANGUAGE_MODEL_TOKENIZER);
        }
        for (String vocabulary : List.of("tokenizer", LANGUAGE_MODEL_TOKENIZER)) {
            if (root.get(vocabulary) instanceof ObjectNode node && !node.has("cleaned")) {
                node.put("cleaned", false);
            }
        }
    }

    private static void setDefault(ObjectNode root, String part, String key, String value) {
        if (root.get(part) instanceof ObjectNode node && !node.has(key)) {
            node.put(key, value);
        }
    }

    static void requireHeads(String where, int width, int heads) {
        require(heads > 0 && width > 0 && width % heads == 0, where + ": heads must divide width");
    }

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
