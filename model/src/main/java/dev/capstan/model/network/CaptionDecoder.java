package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.CaptionOptions;
import dev.capstan.model.PromptPart;
import dev.capstan.model.ScoredCaption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/**
 * Writes captions for a batch of images: a beam search over the language model with a key-value cache, of which greedy
 * decoding is the width one. Used by the model's thread.
 *
 * <p>Legend: N images, W beams, V vocabulary, P positions before the caption.
 */
public final class CaptionDecoder {
    private final CaptioningNetwork network;

    public CaptionDecoder(CaptioningNetwork network) {
        this.network = network;
    }

    /**
     * @param features of N images
     * @return for each image its captions, best first; the score is the mean log-probability a token
     * @throws IllegalArgumentException if the prompt leaves no room for a token
     */
    public List<List<ScoredCaption>> decode(Weights weights, ImageEncoder.Features features, CaptionOptions options) {
        long[] prompt = network.captionTokenizer()
                .encode(options.prompt().orElse(network.architecture().limber().prompt()));
        int room = network.architecture().languageModel().contextLength() - network.prefixLength(prompt.length) + 1;
        if (room < 1) {
            throw new IllegalArgumentException(
                    "the prompt's " + prompt.length + " tokens leave the language model no room for a caption");
        }
        int images = (int) features.embedding().getShape().get(0);
        if (images == 0) {
            return List.of();
        }
        Supplier<NDArray> prefix = () -> network.prefix(weights, network.softPrompt(weights, features, false), prompt);
        return search(weights, prefix, images, options.beams(), Math.min(options.maxTokens(), room));
    }

    /**
     * Goes on after pictures and texts in turn. The caller's scope frees what it makes.
     *
     * @return best first; the score is the mean log-probability a token
     * @throws IllegalArgumentException if the prompt has no tokens, or leaves no room for one
     */
    public List<ScoredCaption> complete(Weights weights, List<PromptPart> prompt, CaptionOptions options) {
        NDArray embedded = network.interleaved(weights, prompt); // 1 P D
        int length = (int) embedded.getShape().get(1);
        int room = network.architecture().languageModel().contextLength() - length + 1;
        if (room < 1) {
            throw new IllegalArgumentException(
                    "the prompt's " + length + " positions leave the language model no room for an answer");
        }
        return search(weights, () -> embedded, 1, options.beams(), Math.min(options.maxTokens(), room))
                .get(0);
    }

    private List<List<ScoredCaption>> search(
            Weights weights, Supplier<NDArray> prefix, int images, int beams, int maxTokens) {
        int vocabulary = network.architecture().languageModel().vocabularySize();
        BeamSearch search = new BeamSearch(
                images,
                beams,
                vocabulary,
                network.architecture().captionTokenizer().endToken());
        try (KeyValueCache cache =
                new KeyValueCache(network.architecture().languageModel().layers())) {
            boolean done = extend(search, () -> read(weights, prefix.get(), cache)); // N P D
            for (int step = 1; !done && step < maxTokens; step++) {
                done = extend(search, () -> readTokens(weights, search, cache));
            }
        }
        return captions(search);
    }

    /** Lets the search choose among the best continuations of each row. What the step made is freed. */
    private static boolean extend(BeamSearch search, Supplier<NDArray> logProbabilities) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDList top = logProbabilities.get().topK(search.candidates(), 1);
            return search.extend(top.get(0).toFloatArray(), top.get(1).toLongArray());
        }
    }

    private NDArray readTokens(Weights weights, BeamSearch search, KeyValueCache cache) {
        if (!search.keepsRows()) {
            cache.select(network.constants().manager().create(search.parents()));
        }
        long[] tokens = search.lastTokens();
        NDArray ids = network.constants().manager().create(tokens, new Shape(tokens.length, 1));
        Weights below = network.languageModelWeights(weights);
        return read(weights, network.languageModel().embed(below, ids), cache);
    }

    /** B x L x D -> B x V: log-probabilities of what follows the last position. */
    private NDArray read(Weights weights, NDArray embeddings, KeyValueCache cache) {
        Weights below = network.languageModelWeights(weights);
        NDArray hidden = network.languageModel().forward(below, embeddings, cache);
        NDArray last = Operations.lastToken(hidden);
        return network.languageModel().logits(below, last).logSoftmax(-1);
    }

    private List<List<ScoredCaption>> captions(BeamSearch search) {
        List<List<ScoredCaption>> all = new ArrayList<>();
        for (List<BeamSearch.Hypothesis> hypotheses : search.results()) {
            List<ScoredCaption> captions = hypotheses.stream()
                    .map(hypothesis -> new ScoredCaption(
                            network.captionTokenizer().decode(hypothesis.text()),
                            hypothesis.logProbability(),
                            hypothesis.meanLogProbability()))
                    .sorted(Comparator.comparingDouble(ScoredCaption::score).reversed())
                    .toList();
            all.add(captions);
        }
        return all;
    }
}
