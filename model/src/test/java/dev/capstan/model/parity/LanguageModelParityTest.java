package dev.capstan.model.parity;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.network.KeyValueCache;
import dev.capstan.model.network.LanguageModel;
import dev.capstan.model.network.Weights;
import dev.capstan.model.pretrained.PretrainedLanguageModel;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Language models against transformers, read from the directories that it writes. */
class LanguageModelParityTest {
    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "gptj", "llama", "llama-tied"})
    void shouldComputeAsTransformersAndHandGradientsToItsInput(String name) throws IOException {
        try (ParityFixture fixture = ParityFixture.open(name)) {
            PretrainedLanguageModel pretrained = PretrainedLanguageModel.read(fixture.directory());
            LanguageModel model = pretrained.architecture().network(fixture.constants());
            Weights weights = fixture.load(pretrained.weights()).under(ParameterCatalog.LANGUAGE_MODEL);
            NDArray embeddings = fixture.leaf(model.embed(weights, fixture.tokens("tokens")));
            fixture.assertForward(embeddings, "embeddings");

            fixture.backwardFrozen(() -> {
                NDArray logits = model.logits(weights, model.forward(weights, embeddings, null));
                fixture.assertForward(logits, "logits");
                return logits.mul(fixture.input("probe.logits")).sum();
            });

            fixture.assertWholeGradient(embeddings, "gradient_of_embeddings");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "gptj", "llama", "llama-tied"})
    void shouldWriteTheSameTextTokenByToken(String name) throws IOException {
        try (ParityFixture fixture = ParityFixture.open(name)) {
            PretrainedLanguageModel pretrained = PretrainedLanguageModel.read(fixture.directory());
            LanguageModel model = pretrained.architecture().network(fixture.constants());
            Weights weights = fixture.load(pretrained.weights()).under(ParameterCatalog.LANGUAGE_MODEL);
            long[] generated = fixture.longs("generated");
            int rows = (int) fixture.expected("generated").shape()[0];
            int length = generated.length / rows;
            long[] written = new long[generated.length];

            try (KeyValueCache cache =
                    new KeyValueCache(pretrained.architecture().layers())) {
                NDArray read = fixture.tokens("tokens");
                for (int step = 0; step < length; step++) {
                    NDArray hidden = model.forward(weights, model.embed(weights, read), cache);
                    long last = hidden.getShape().get(1) - 1;
                    long[] next = model.logits(weights, hidden.get(":, " + last))
                            .argMax(1)
                            .toLongArray();
                    for (int row = 0; row < rows; row++) {
                        written[row * length + step] = next[row];
                    }
                    read = fixture.manager().create(next, new Shape(rows, 1));
                }
            }

            assertThat(written).containsExactly(generated);
        }
    }
}
