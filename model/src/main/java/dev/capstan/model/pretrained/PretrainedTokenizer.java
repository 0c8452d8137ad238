package dev.capstan.model.pretrained;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.model.ClipTextEncoder;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.SiglipTextEncoder;
import dev.capstan.model.tensors.WeightsFormatException;
import dev.capstan.model.text.ClipVocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/** The vocabulary of a published model: a {@code tokenizer.json} and the special tokens that go with it. Immutable. */
public final class PretrainedTokenizer {
    private static final String TOKENIZER = "tokenizer.json";
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final long MOST_TOKENIZER_BYTES = 64L << 20;
    private static final int MOST_CONFIG_BYTES = 4 << 20;
    /** SigLIP's end of a text, where its files do not say. */
    private static final String SENTENCE_END = "</s>";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final byte[] json;
    private final ModelArchitecture.Tokenizer special;

    private PretrainedTokenizer(byte[] json, ModelArchitecture.Tokenizer special) {
        this.json = json;
        this.special = special;
    }

    /** Content of a {@code tokenizer.json}. */
    public byte[] json() {
        return json.clone();
    }

    public ModelArchitecture.Tokenizer special() {
        return special;
    }

    /**
     * The vocabulary that lies beside a text encoder: CLIP's in any of the forms that {@link ClipVocabulary} reads, SigLIP's
     * as {@code tokenizer.json}.
     *
     * @throws WeightsFormatException naming what is missing, or does not fit the encoder
     */
    public static PretrainedTokenizer ofTexts(Path directory, ModelArchitecture.TextEncoder encoder)
            throws IOException {
        if (encoder instanceof ClipTextEncoder) {
            ClipVocabulary vocabulary = ClipVocabulary.readDirectory(directory);
            requireInside(directory, vocabulary.tokens().size(), encoder.vocabularySize());
            return new PretrainedTokenizer(vocabulary.tokenizerJson(), vocabulary.special());
        }
        if (encoder instanceof SiglipTextEncoder siglip) {
            JsonNode root = root(directory);
            requireInside(directory, size(root), encoder.vocabularySize());
            String end = words(directory, "eos_token", SENTENCE_END);
            int endToken = id(root, end)
                    .orElseThrow(() -> new WeightsFormatException(
                            directory.resolve(TOKENIZER) + " has no token \"" + end + "\" to end a text with"));
            // No start token; case and punctuation are the normalizer's business, within the file.
            return new PretrainedTokenizer(
                    bytes(directory),
                    new ModelArchitecture.Tokenizer(
                            ModelArchitecture.Tokenizer.NONE, endToken, siglip.padToken(), false));
        }
        throw new IllegalStateException("a text encoder without a vocabulary: " + encoder);
    }

    /**
     * The vocabulary that lies beside a language model.
     *
     * @throws WeightsFormatException naming what is missing, or does not fit the model
     */
    public static PretrainedTokenizer ofCaptions(Path directory, ModelArchitecture.LanguageModel model)
            throws IOException {
        JsonNode root = root(directory);
        requireInside(directory, size(root), model.vocabularySize());
        JsonFile config = HuggingFace.config(directory);
        int end = special(directory, config, root, "eos")
                .orElseThrow(() -> new WeightsFormatException(directory.resolve(HuggingFace.CONFIG)
                        + ": eos_token_id is missing, and so is eos_token of " + TOKENIZER_CONFIG
                        + ": nothing says which token ends a text"));
        int start = special(directory, config, root, "bos").orElse(ModelArchitecture.Tokenizer.NONE);
        int pad = special(directory, config, root, "pad").orElse(end);
        ModelArchitecture.Tokenizer special = HuggingFace.built(config, () -> {
            for (int token : new int[] {start, end, pad}) {
                config.require(
                        token < model.vocabularySize(),
                        "a special token",
                        "inside the vocabulary of " + model.vocabularySize());
            }
            return new ModelArchitecture.Tokenizer(start, end, pad, false);
        });
        return new PretrainedTokenizer(bytes(directory), special);
    }

    /** By its id in the model's configuration, else by its name in the tokenizer's. */
    private static OptionalInt special(Path directory, JsonFile config, JsonNode root, String kind) throws IOException {
        String key = kind + "_token_id";
        if (config.isArray(key) && !config.integers(key).isEmpty()) {
            return OptionalInt.of(config.integers(key).get(0));
        }
        if (config.has(key)) {
            return OptionalInt.of(config.integer(key));
        }
        String word = words(directory, kind + "_token", "");
        return word.isEmpty() ? OptionalInt.empty() : id(root, word);
    }

    /** A token's text in {@code tokenizer_config.json}, where it is a string or an object with one. */
    private static String words(Path directory, String key, String other) throws IOException {
        Path file = directory.resolve(TOKENIZER_CONFIG);
        if (!Files.exists(file)) {
            return other;
        }
        JsonFile config = JsonFile.read(file, MOST_CONFIG_BYTES);
        return config.isObject(key) ? config.object(key).word("content", other) : config.word(key, other);
    }

    private static JsonNode root(Path directory) throws IOException {
        Path file = directory.resolve(TOKENIZER);
        if (!Files.exists(file)) {
            throw new WeightsFormatException(directory + " has no " + TOKENIZER
                    + ": write one with transformers' AutoTokenizer.from_pretrained(...).save_pretrained(...)");
        }
        try {
            return JSON.readTree(new String(bytes(directory), StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new WeightsFormatException(file + ": not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static byte[] bytes(Path directory) throws IOException {
        Path file = directory.resolve(TOKENIZER);
        if (Files.size(file) > MOST_TOKENIZER_BYTES) {
            throw new WeightsFormatException(file + ": more than " + MOST_TOKENIZER_BYTES + " bytes");
        }
        return Files.readAllBytes(file);
    }

    /** One more than the greatest id. */
    private static int size(JsonNode root) {
        int size = root.path("model").path("vocab").size();
        for (JsonNode added : root.path("added_tokens")) {
            size = Math.max(size, added.path("id").asInt() + 1);
        }
        return size;
    }

    private static OptionalInt id(JsonNode root, String token) {
        for (JsonNode added : root.path("added_tokens")) {
            if (added.path("content").asText().equals(token)) {
                return OptionalInt.of(added.path("id").asInt());
            }
        }
        JsonNode vocabulary = root.path("model").path("vocab");
        if (vocabulary.isObject()) {
            return vocabulary.has(token) ? OptionalInt.of(vocabulary.path(token).asInt()) : OptionalInt.empty();
        }
        for (int id = 0; id < vocabulary.size(); id++) {
            if (vocabulary.path(id).path(0).asText().equals(token)) {
                return OptionalInt.of(id);
            }
        }
        return OptionalInt.empty();
    }

    private static void requireInside(Path directory, int tokens, int vocabulary) throws WeightsFormatException {
        if (tokens > vocabulary) {
            throw new WeightsFormatException(
                    directory + ": the tokenizer has " + tokens + " tokens, but the model's vocabulary ends at "
                            + vocabulary + ": they belong to different models");
        }
    }
}
