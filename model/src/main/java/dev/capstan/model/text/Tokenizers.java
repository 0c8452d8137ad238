package dev.capstan.model.text;

import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.tensors.WeightsFormatException;
import java.util.Optional;

/**
 * The tokenizers of a model: its text encoder's and its language model's, which are one where they share a vocabulary. Owns
 * both: close it.
 *
 * <p>They may be used from several threads; closing may not run beside that.
 */
public final class Tokenizers implements AutoCloseable {
    private final TextTokenizer text;
    private final TextTokenizer languageModel;

    private Tokenizers(TextTokenizer text, TextTokenizer languageModel) {
        this.text = text;
        this.languageModel = languageModel;
    }

    /**
     * Reads the tokenizer files of a bundle.
     *
     * @throws WeightsFormatException if one is no tokenizer, naming it
     */
    public static Tokenizers load(ModelBundle bundle) throws WeightsFormatException {
        ModelArchitecture architecture = bundle.architecture();
        TextTokenizer text = TextTokenizer.load(bundle.tokenizer(), architecture.tokenizer());
        Optional<ModelArchitecture.Tokenizer> own = architecture.languageModelTokenizer();
        if (own.isEmpty()) {
            return new Tokenizers(text, text);
        }
        try {
            TextTokenizer languageModel = TextTokenizer.load(
                    ParameterCatalog.LANGUAGE_MODEL_TOKENIZER, bundle.languageModelTokenizer(), own.get());
            return new Tokenizers(text, languageModel);
        } catch (WeightsFormatException | RuntimeException | Error e) {
            text.close();
            throw e;
        }
    }

    /** Of what the text encoder reads. */
    public TextTokenizer text() {
        return text;
    }

    /** Of what the language model reads and writes. */
    public TextTokenizer languageModel() {
        return languageModel;
    }

    @Override
    public void close() {
        text.close();
        if (languageModel != text) {
            languageModel.close();
        }
    }
}
