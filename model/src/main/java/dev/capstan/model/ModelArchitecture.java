package dev.capstan.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.model.tensors.WeightsFormatException;
import java.util.List;

/**
 * Everything about a model that is not a weight: with it and the tensors a model can be built. Kept as JSON in
 * {@code config.json} and in every checkpoint manifest.
 *
 * @param embeddingDimension width of the space that images and texts share
 * @param image the image encoder of CLIP
 * @param text the text encoder of CLIP
 * @param languageModel the frozen language model that writes the captions
 * @param limber how image features reach the language model
 * @param tokenizer special tokens of the one vocabulary that CLIP's text encoder and the language model share
 */
public record ModelArchitecture(
        int embeddingDimension,
        ImageEncoder image,
        TextEncoder text,
        LanguageModel languageModel,
        Limber limber,
        Tokenizer tokenizer) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    public ModelArchitecture {
        require(embeddingDimension > 0, "embeddingDimension must be positive");
        require(
                text.vocabularySize() == languageModel.vocabularySize(),
                "text encoder and language model share one vocabulary, but have sizes " + text.vocabularySize()
                        + " and " + languageModel.vocabularySize());
        int longestToken = Math.max(tokenizer.startToken(), Math.max(tokenizer.endToken(), tokenizer.padToken()));
        require(longestToken < text.vocabularySize(), "special token " + longestToken + " is outside the vocabulary");
    }

    /**
     * CLIP's ModifiedResNet: a stem of three 3x3 convolutions, bottlenecks whose strides are average pools, attention
     * pooling (openai/CLIP, model.py; arXiv 2103.00020, section 2.4).
     *
     * @param size side of the square input in pixels, a multiple of 16 from 32 on
     * @param layers bottlenecks of each of the four stages
     * @param width channels after the stem, even; the features have 32 times as many
     * @param heads heads of the attention pool
     * @param mean of red, green and blue in 0..1, subtracted from each pixel
     * @param standardDeviation that each pixel is then divided by
     */
    public record ImageEncoder(
            int size, List<Integer> layers, int width, int heads, List<Float> mean, List<Float> standardDeviation) {
        /** Pixels of the input behind one position of the feature grid. */
        public static final int REDUCTION = 32;

        private static final int STAGES = 4;
        private static final int EXPANSION = 32;

        /** Mean and deviation of the pixels that CLIP was trained on (openai/CLIP, clip.py). */
        public static final List<Float> CLIP_MEAN = List.of(0.48145467f, 0.4578275f, 0.40821072f);

        public static final List<Float> CLIP_STANDARD_DEVIATION = List.of(0.26862955f, 0.2613026f, 0.2757771f);

        public ImageEncoder {
            layers = List.copyOf(layers);
            mean = List.copyOf(mean);
            standardDeviation = List.copyOf(standardDeviation);
            require(size >= REDUCTION && size % 16 == 0, "image size must be a multiple of 16 from 32 on, not " + size);
            require(
                    layers.size() == STAGES && layers.stream().allMatch(n -> n > 0),
                    "layers must be four positive numbers, not " + layers);
            require(width > 0 && width % 2 == 0, "image width must be positive and even, not " + width);
            require(
                    heads > 0 && width * EXPANSION % heads == 0,
                    "attention pool heads must divide " + width * EXPANSION + ", not " + heads);
            require(mean.size() == 3 && standardDeviation.size() == 3, "mean and deviation have three channels");
            require(standardDeviation.stream().allMatch(v -> v > 0), "standardDeviation must be positive");
        }

        /** With the reference's heads, one for each 64 features, and its pixel statistics. */
        public static ImageEncoder of(int size, List<Integer> layers, int width) {
            return new ImageEncoder(
                    size, layers, width, Math.max(1, width * EXPANSION / 64), CLIP_MEAN, CLIP_STANDARD_DEVIATION);
        }

        /** Channels of the feature grid and of the attention pool. */
        public int features() {
            return width * EXPANSION;
        }

        /** Side of the square feature grid. */
        public int grid() {
            return size / REDUCTION;
        }
    }

    /**
     * CLIP's text transformer: causal, pre-norm, QuickGELU, feature at the end token (openai/CLIP, model.py).
     *
     * @param contextLength most tokens of a text, start and end token included
     * @param vocabularySize tokens of the vocabulary
     * @param width features of a token
     * @param heads attention heads
     * @param layers residual blocks
     */
    public record TextEncoder(int contextLength, int vocabularySize, int width, int heads, int layers) {
        public TextEncoder {
            require(contextLength > 2, "text contextLength must leave room for start, end and a token");
            require(vocabularySize > 0, "vocabularySize must be positive");
            requireHeads("text encoder", width, heads);
            require(layers > 0, "text layers must be positive");
        }
    }

    /**
     * A decoder-only language model in GPT-2's layout: learned positions, pre-norm, tied embeddings.
     *
     * @param contextLength most positions, soft prompt included
     * @param vocabularySize tokens of the vocabulary
     * @param width features of a token
     * @param heads attention heads
     * @param layers residual blocks
     * @param activation non-linearity of the feed-forward part
     */
    public record LanguageModel(
            int contextLength, int vocabularySize, int width, int heads, int layers, Activation activation) {
        public LanguageModel {
            require(contextLength > 1, "language model contextLength must be above 1");
            require(vocabularySize > 0, "vocabularySize must be positive");
            requireHeads("language model", width, heads);
            require(layers > 0, "language model layers must be positive");
        }
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
        /** What the attention pool gathers, before its output projection. */
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

        public Limber {
            require(softTokens > 0, "softTokens must be positive");
            require(dropout >= 0 && dropout < 1, "dropout must be in 0..1");
        }
    }

    /**
     * Special tokens of the vocabulary in {@code tokenizer.json}.
     *
     * @param startToken id that begins a text
     * @param endToken id that ends a text; CLIP reads a text's feature there
     * @param padToken id that fills a batch
     * @param lowerCase whether texts are lower-cased first, as CLIP does
     */
    public record Tokenizer(int startToken, int endToken, int padToken, boolean lowerCase) {
        public Tokenizer {
            require(startToken >= 0 && endToken >= 0 && padToken >= 0, "token ids must not be negative");
            require(startToken != endToken, "start and end token must differ");
        }
    }

    /** Width of the vectors that the linear map reads. */
    public int limberInputs() {
        return limber.feature() == ImageFeature.EMBEDDING ? embeddingDimension : image.features();
    }

    /** Positions that the soft prompt takes in the language model. */
    public int softPromptLength() {
        int vectors = limber.feature() == ImageFeature.GRID ? image.grid() * image.grid() : 1;
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
            return JSON.readValue(json, ModelArchitecture.class);
        } catch (JsonProcessingException e) {
            throw new WeightsFormatException("model architecture: " + e.getOriginalMessage(), e);
        }
    }

    private static void requireHeads(String where, int width, int heads) {
        require(heads > 0 && width > 0 && width % heads == 0, where + ": heads must divide width");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
