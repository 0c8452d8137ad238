package dev.capstan.model.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.CaptionOptions;
import dev.capstan.model.CaptionRanking;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ModelFixtures;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.ScoredCaption;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.text.Tokenizers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding with a key-value cache against reading the whole text again for every token. */
class CaptionDecoderTest {
    private static final int MOST_TOKENS = 7;
    private static final ModelBundle BUNDLE = ModelFixtures.bundle(21);

    private static NDManager manager;
    private static Tokenizers tokenizers;
    private static CaptioningNetwork network;
    private static Weights weights;
    private static NDScope scope;
    private static ImageEncoder.Features features;

    @BeforeAll
    static void load() throws Exception {
        manager = ModelDevice.cpu().openManager();
        tokenizers = Tokenizers.load(BUNDLE);
        TensorTransfer transfer = new TensorTransfer();
        network = new CaptioningNetwork(BUNDLE, manager, transfer, tokenizers);
        Map<String, NDArray> parameters = new HashMap<>();
        for (ParameterSpec spec : ParameterCatalog.of(BUNDLE.architecture()).values()) {
            TensorValue tensor = Objects.requireNonNull(BUNDLE.byName().get(spec.name()));
            float[] values = tensor.toFloats();
            for (int i = 0; i < values.length; i++) {
                // Larger weights make sharper choices, so that near ties do not decide.
                values[i] *= spec.name().contains("wte") || spec.name().contains("limber") ? 30 : 1;
            }
            parameters.put(
                    spec.name(), transfer.load(manager, TensorValue.ofFloats(spec.name(), tensor.shape(), values)));
        }
        weights = name -> Objects.requireNonNull(parameters.get(name), name);
        scope = new NDScope();
        scope.suppressNotUsedWarning();
        features = network.encodeImages(
                weights,
                network.upload(ModelFixtures.shapes(3, new SplittableRandom(2)).images()),
                false);
    }

    @AfterAll
    static void close() {
        scope.close();
        manager.close();
        tokenizers.close();
    }

    @Test
    void shouldPredictTheSameWithAndWithoutACache() {
        LanguageModel model = network.languageModel();
        Weights below = network.languageModelWeights(weights);
        NDArray tokens = manager.create(new long[] {3, 9, 4, 7, 1, 8, 2, 2, 5, 6, 11, 12}, new Shape(2, 6));
        NDArray embeddings = model.embed(below, tokens);

        NDArray whole = model.forward(below, embeddings, null);

        try (KeyValueCache cache =
                new KeyValueCache(BUNDLE.architecture().languageModel().layers())) {
            NDArray first = model.forward(below, embeddings.get(":, 0:3"), cache);
            NDArray second = model.forward(below, embeddings.get(":, 3:5"), cache);
            NDArray third = model.forward(below, embeddings.get(":, 5:6"), cache);

            float[] pieces = first.concat(second, 1).concat(third, 1).toFloatArray();
            assertThat(pieces).usingComparatorWithPrecision(1e-4f).containsExactly(whole.toFloatArray());
            assertThat(cache.length()).isEqualTo(6);
        }
    }

    @Test
    void shouldDecodeGreedilyAsAFullPassWould() {
        List<List<ScoredCaption>> captions = decode(1);

        for (int image = 0; image < captions.size(); image++) {
            Written best = new Written(List.of(), 0);
            while (!best.ended() && best.tokens().size() < MOST_TOKENS) {
                best = continuations(image, best).get(0);
            }
            assertSame(captions.get(image).get(0), best);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void shouldSearchBeamsAsFullPassesWould(int beams) {
        List<List<ScoredCaption>> captions = decode(beams);

        for (int image = 0; image < captions.size(); image++) {
            List<Written> expected = beamSearch(image, beams);
            assertThat(captions.get(image)).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++) {
                assertSame(captions.get(image).get(i), expected.get(i));
            }
        }
    }

    @Test
    void shouldLeaveNoArraysBehind() {
        long before = manager.getManagedArrays().size();
        decode(2);
        long once = manager.getManagedArrays().size();

        decode(2);

        assertThat(manager.getManagedArrays()).hasSize((int) once);
        // Only masks and scalars, which are made once, may have come to stay.
        assertThat(once - before).isLessThan(10);
    }

    private static List<List<ScoredCaption>> decode(int beams) {
        return new CaptionDecoder(network)
                .decode(
                        weights,
                        features,
                        new CaptionOptions(Optional.empty(), MOST_TOKENS, beams, CaptionRanking.LIKELIHOOD));
    }

    private static void assertSame(ScoredCaption actual, Written expected) {
        assertThat(actual.score()).isCloseTo(expected.mean(), within(1e-3));
        assertThat(actual.caption()).isEqualTo(tokenizers.languageModel().decode(expected.text()));
    }

    /** The textbook's beam search, without a batch or a cache. */
    private static List<Written> beamSearch(int image, int beams) {
        List<Written> live = List.of(new Written(List.of(), 0));
        List<Written> finished = new ArrayList<>();
        for (int step = 0; step < MOST_TOKENS && finished.size() < beams; step++) {
            List<Written> longer = live.stream()
                    .flatMap(written -> continuations(image, written).stream())
                    .sorted((a, b) -> Double.compare(b.total(), a.total()))
                    .toList();
            List<Written> next = new ArrayList<>();
            for (int rank = 0; rank < longer.size() && next.size() < beams; rank++) {
                if (!longer.get(rank).ended()) {
                    next.add(longer.get(rank));
                } else if (rank < beams && finished.size() < beams) {
                    finished.add(longer.get(rank));
                }
            }
            live = next;
        }
        List<Written> all = new ArrayList<>(finished);
        all.addAll(live.subList(0, Math.max(0, Math.min(live.size(), beams - finished.size()))));
        all.sort((a, b) -> Double.compare(b.mean(), a.mean()));
        return all;
    }

    private static List<Written> continuations(int image, Written written) {
        LanguageModel model = network.languageModel();
        Weights below = network.languageModelWeights(weights);
        long[] prompt =
                tokenizers.languageModel().encode(BUNDLE.architecture().limber().prompt());
        NDArray soft = network.softPrompt(weights, features, false).get(image + ":" + (image + 1));
        NDArray read = network.prefix(weights, soft, prompt);
        long[] tokens = written.tokens().stream().mapToLong(Long::longValue).toArray();
        if (tokens.length > 0) {
            NDArray ids = manager.create(tokens, new Shape(1, tokens.length));
            read = read.concat(model.embed(below, ids), 1);
        }
        NDArray hidden = model.forward(below, read, null);
        float[] next = model.logits(below, hidden.get("0, -1")).logSoftmax(-1).toFloatArray();
        List<Written> all = new ArrayList<>();
        for (int token = 0; token < next.length; token++) {
            List<Long> longer = new ArrayList<>(written.tokens());
            longer.add((long) token);
            all.add(new Written(longer, written.total() + next[token]));
        }
        all.sort((a, b) -> Double.compare(b.total(), a.total()));
        return all;
    }

    private record Written(List<Long> tokens, double total) {
        boolean ended() {
            return !tokens.isEmpty()
                    && tokens.get(tokens.size() - 1)
                            == BUNDLE.architecture().tokenizer().endToken();
        }

        double mean() {
            return total / tokens.size();
        }

        long[] text() {
            int length = ended() ? tokens.size() - 1 : tokens.size();
            return tokens.subList(0, length).stream().mapToLong(Long::longValue).toArray();
        }
    }
}
