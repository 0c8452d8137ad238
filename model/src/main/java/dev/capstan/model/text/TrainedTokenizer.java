package dev.capstan.model.text;

import dev.capstan.model.ModelArchitecture;
import java.util.Arrays;

/** A vocabulary that {@link TokenizerTrainer} made: the file, its size, its special tokens. Immutable. */
public final class TrainedTokenizer {
    private final byte[] json;
    private final int vocabularySize;
    private final ModelArchitecture.Tokenizer special;

    TrainedTokenizer(byte[] json, int vocabularySize, ModelArchitecture.Tokenizer special) {
        this.json = json.clone();
        this.vocabularySize = vocabularySize;
        this.special = special;
    }

    /** Content of {@code tokenizer.json}. */
    public byte[] json() {
        return json.clone();
    }

    /** Tokens in all; fewer than asked for where the text had no more pairs to merge. */
    public int vocabularySize() {
        return vocabularySize;
    }

    public ModelArchitecture.Tokenizer special() {
        return special;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TrainedTokenizer that && Arrays.equals(json, that.json);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(json);
    }
}
