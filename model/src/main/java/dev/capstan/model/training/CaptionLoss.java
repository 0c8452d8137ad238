package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.network.CaptioningNetwork;
import dev.capstan.model.network.Constants;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.LanguageModel;
import dev.capstan.model.network.TokenSelection;
import dev.capstan.model.network.Weights;
import dev.capstan.model.text.TokenBatch;
import java.util.List;
import java.util.Locale;

/**
 * What the linear map learns from (arXiv 2209.15162, section 3): the language model reads soft prompt, prompt text and
 * caption; the loss is the mean cross entropy of the caption's tokens and its end token, and of nothing else.
 *
 * <p>Legend: N pictures, P positions before the caption, T tokens of the longest caption, D width, M caption tokens in all.
 */
final class CaptionLoss {
    private final CaptioningNetwork network;

    CaptionLoss(CaptioningNetwork network) {
        this.network = network;
    }

    /**
     * @param features of N pictures; detach them where the encoder must not learn from captions
     * @param training whether the soft prompt has dropout
     * @return scalar, in nats a token
     */
    NDArray compute(Weights weights, ImageEncoder.Features features, List<String> captions, boolean training) {
        return compute(weights, network.softPrompt(weights, features, training), captions);
    }

    /**
     * @param softPrompt of N pictures
     * @return scalar, in nats a token
     */
    NDArray compute(Weights weights, NDArray softPrompt, List<String> captions) {
        Constants constants = network.constants();
        LanguageModel model = network.languageModel();
        Weights below = network.languageModelWeights(weights);
        String promptText = network.architecture().limber().prompt();
        long[] prompt = network.captionTokenizer().encode(promptText);
        int before = network.prefixLength(prompt.length);
        int room = network.architecture().languageModel().contextLength() - before + 1;
        TokenBatch tokens = network.captionTokenizer()
                .encodeCaptions(
                        promptText, captions.stream().map(this::withoutPrompt).toList(), room);

        NDArray prefix = network.prefix(weights, softPrompt, prompt); // N P D
        NDArray read = prefix;
        if (tokens.length() > 1) {
            NDArray ids = constants
                    .manager()
                    .create(TokenSelection.allButLast(tokens), new Shape(tokens.rows(), tokens.length() - 1));
            read = prefix.concat(model.embed(below, ids), 1); // N P+T-1 D
        }
        NDArray hidden = model.forward(below, read, null); // N P+T-1 D
        return TokenSelection.crossEntropy(model, below, constants, hidden, tokens, before - 1);
    }

    /** A text of the crawl may begin as the prompt ends: it is not said twice. */
    private String withoutPrompt(String caption) {
        String prompt = network.architecture().limber().prompt();
        boolean begins =
                !prompt.isEmpty() && caption.toLowerCase(Locale.ROOT).startsWith(prompt.toLowerCase(Locale.ROOT) + " ");
        return begins ? caption.substring(prompt.length() + 1) : caption;
    }
}
