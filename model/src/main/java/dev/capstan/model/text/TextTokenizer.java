package dev.capstan.model.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.NativeSettings;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Texts to tokens and back, by a {@code tokenizer.json} of Hugging Face's format. Owns native memory: close it.
 *
 * <p>Encoding and decoding may be called from several threads; closing may not run beside them.
 */
public final class TextTokenizer implements AutoCloseable {
    private final HuggingFaceTokenizer tokenizer;
    private final ModelArchitecture.Tokenizer special;

    private TextTokenizer(HuggingFaceTokenizer tokenizer, ModelArchitecture.Tokenizer special) {
        this.tokenizer = tokenizer;
        this.special = special;
    }

    /**
     * @param json content of {@code tokenizer.json}
     * @param special the vocabulary's special tokens
     * @throws WeightsFormatException if the content is not a tokenizer
     */
    public static TextTokenizer load(byte[] json, ModelArchitecture.Tokenizer special) throws WeightsFormatException {
        return load("tokenizer.json", json, special);
    }

    /** @param file name of the file, for messages */
    static TextTokenizer load(String file, byte[] json, ModelArchitecture.Tokenizer special)
            throws WeightsFormatException {
        NativeSettings.ensure();
        try {
            Map<String, String> options =
                    Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
            return new TextTokenizer(
                    HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options), special);
        } catch (IOException | RuntimeException e) {
            throw new WeightsFormatException(file + ": " + e.getMessage(), e);
        }
    }

    /** The tokens of a text alone, without start and end. */
    public long[] encode(String text) {
        return tokenizer.encode(prepared(text), false, false).getIds();
    }

    private String prepared(String text) {
        if (special.cleaned()) {
            return TextCleaner.clean(text);
        }
        return special.lowerCase() ? text.toLowerCase(Locale.ROOT) : text;
    }

    /**
     * The tokens of a text that follows another: for many vocabularies a word's tokens depend on the space before it.
     *
     * @param before text before it; may be empty
     */
    public long[] encodeAfter(String before, String text) {
        if (before.isEmpty()) {
            return encode(text);
        }
        long[] first = encode(before);
        long[] both = encode(before + " " + text);
        boolean follows = both.length >= first.length && Arrays.equals(first, 0, first.length, both, 0, first.length);
        return follows ? Arrays.copyOfRange(both, first.length, both.length) : encode(text);
    }

    /** The text of tokens; special tokens are left out. */
    public String decode(long[] ids) {
        return tokenizer.decode(ids, true).strip();
    }

    /**
     * Whole texts as CLIP's encoder reads them, and as a language model is pretrained on them: start token if there is
     * one, tokens, end token. A text too long loses its tail, never its end token.
     *
     * @param contextLength most tokens of a row
     */
    public TokenBatch encodeWhole(List<String> texts, int contextLength) {
        List<long[]> sequences = texts.stream()
                .map(text -> {
                    long[] body = encode(text);
                    int begin = special.startToken() == ModelArchitecture.Tokenizer.NONE ? 0 : 1;
                    int kept = Math.min(body.length, contextLength - begin - 1);
                    long[] sequence = new long[begin + kept + 1];
                    if (begin > 0) {
                        sequence[0] = special.startToken();
                    }
                    System.arraycopy(body, 0, sequence, begin, kept);
                    sequence[begin + kept] = special.endToken();
                    return sequence;
                })
                .toList();
        return TokenBatch.of(sequences, special.padToken());
    }

    /**
     * Captions as the language model learns to write them: tokens, end token.
     *
     * @param prompt text that they follow; may be empty
     * @param longest most tokens of a row
     */
    public TokenBatch encodeCaptions(String prompt, List<String> captions, int longest) {
        List<long[]> sequences = captions.stream()
                .map(caption -> {
                    long[] body = encodeAfter(prompt, caption);
                    int kept = Math.min(body.length, longest - 1);
                    long[] sequence = Arrays.copyOf(body, kept + 1);
                    sequence[kept] = special.endToken();
                    return sequence;
                })
                .toList();
        return TokenBatch.of(sequences, special.padToken());
    }

    public ModelArchitecture.Tokenizer special() {
        return special;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
