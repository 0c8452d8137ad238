package dev.capstan.model.text;

import dev.capstan.model.tensors.WeightsFormatException;
import java.util.List;

/**
 * CLIP's tokenizer: texts cleaned as the reference cleans them, then cut by the vocabulary. Owns native memory: close it.
 *
 * <p>Encoding may be called from several threads; closing may not run beside it.
 */
public final class ClipTokenizer implements AutoCloseable {
    private final TextTokenizer tokenizer;

    public ClipTokenizer(ClipVocabulary vocabulary) throws WeightsFormatException {
        this.tokenizer = TextTokenizer.load(vocabulary.tokenizerJson(), vocabulary.special());
    }

    /** The tokens of a text alone, without start and end. */
    public long[] encode(String text) {
        return tokenizer.encode(text);
    }

    /** Texts as CLIP's encoder reads them, each cut to {@code contextLength} but for its end token. */
    public TokenBatch encodeWhole(List<String> texts, int contextLength) {
        return tokenizer.encodeWhole(texts, contextLength);
    }

    /** The text of tokens, in lower case, with spaces where words were cut. */
    public String decode(long[] ids) {
        return tokenizer.decode(ids);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
