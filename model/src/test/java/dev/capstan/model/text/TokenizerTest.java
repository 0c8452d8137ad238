package dev.capstan.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.tensors.WeightsFormatException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenizerTest {
    private static TrainedTokenizer words() {
        TokenizerTrainer trainer = new TokenizerTrainer(TokenizerStyle.WORDS);
        trainer.add("the cat sat on the mat", 20);
        trainer.add("a picture of a cat, and a dog", 20);
        trainer.add("abcdefghijklmnopqrstuvwxyz .,:-", 1);
        return trainer.train(150);
    }

    @Test
    void shouldBringTextsBack() throws WeightsFormatException {
        TrainedTokenizer trained = words();
        try (TextTokenizer tokenizer = TextTokenizer.load(trained.json(), trained.special())) {
            for (String text : List.of("the cat sat on the mat", "a dogmatic zebra", "quiz")) {
                long[] ids = tokenizer.encode(text);

                assertThat(tokenizer.decode(ids)).isEqualTo(text);
            }
        }
    }

    @Test
    void shouldGiveCommonWordsOneToken() throws WeightsFormatException {
        TrainedTokenizer trained = words();
        try (TextTokenizer tokenizer = TextTokenizer.load(trained.json(), trained.special())) {
            assertThat(tokenizer.encode("the cat")).hasSize(2);
            assertThat(tokenizer.encode("THE  Cat")).isEqualTo(tokenizer.encode("the cat"));
        }
    }

    @Test
    void shouldNotFailOnLettersThatItHasNeverSeen() throws WeightsFormatException {
        TrainedTokenizer trained = words();
        try (TextTokenizer tokenizer = TextTokenizer.load(trained.json(), trained.special())) {
            long[] ids = tokenizer.encode("cat 猫 \u0000 \ud83d\ude00");

            assertThat(ids[0]).isEqualTo(tokenizer.encode("cat")[0]);
            assertThat(Arrays.stream(ids)).allMatch(id -> id >= 0 && id < trained.vocabularySize());
        }
    }

    @Test
    void shouldWriteAnyTextByteByByte() throws WeightsFormatException {
        TokenizerTrainer trainer = new TokenizerTrainer(TokenizerStyle.BYTE_LEVEL);
        trainer.add("the cat sat on the mat, don't", 10);
        TrainedTokenizer trained = trainer.train(300);
        try (TextTokenizer tokenizer = TextTokenizer.load(trained.json(), trained.special())) {
            String text = "Ça va? 猫 \ud83d\ude00 don't the cat";

            assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
            assertThat(tokenizer.encode("the cat")).hasSize(2);
        }
    }

    @Test
    void shouldWriteAHyphenAsItWasReadAndFoldItsCase() throws WeightsFormatException {
        TokenizerTrainer trainer = new TokenizerTrainer(TokenizerStyle.BYTE_LEVEL, true);
        trainer.add("Two-Hump Camel", 10);
        TrainedTokenizer trained = trainer.train(300);
        try (TextTokenizer tokenizer = TextTokenizer.load(trained.json(), trained.special())) {
            assertThat(trained.special().lowerCase()).isTrue();
            assertThat(tokenizer.decode(tokenizer.encode("Two-hump camel"))).isEqualTo("two-hump camel");
            assertThat(tokenizer.encode("TWO-HUMP CAMEL")).isEqualTo(tokenizer.encode("two-hump camel"));
        }
    }

    @Test
    void shouldPutTheEndTokenLastAndThePaddingFirst() {
        TrainedTokenizer trained = words();

        assertThat(trained.special())
                .isEqualTo(new ModelArchitecture.Tokenizer(
                        trained.vocabularySize() - 2, trained.vocabularySize() - 1, 0, true));
    }

    @Test
    void shouldMergeTheCommonestPairFirstAndTheSameWayEveryTime() {
        TokenizerTrainer trainer = new TokenizerTrainer(TokenizerStyle.WORDS);
        trainer.add("hug", 10).add("pug", 5).add("pun", 12).add("bun", 4).add("hugs", 5);

        String json = new String(trainer.train(23).json(), StandardCharsets.UTF_8);

        // p-u 17 times, u-n 16, h-u and u-g 15; then u-n is left to bun alone, and pu-n has 12, hu-g 10.
        assertThat(json).contains("\"merges\":[\"p u\",\"h u\",\"pu n</w>\",\"hu g</w>\",");
        assertThat(new String(trainer.train(23).json(), StandardCharsets.UTF_8)).isEqualTo(json);
    }

    @Test
    void shouldStopWhereNoPairIsLeft() {
        TokenizerTrainer trainer = new TokenizerTrainer(TokenizerStyle.WORDS);
        trainer.add("ab", 5);

        // <pad> <unk> a a</w> b b</w> ab</w> <start> <end>
        assertThat(trainer.train(1000).vocabularySize()).isEqualTo(9);
    }

    @Test
    void shouldRefuseAVocabularySmallerThanItsLetters() {
        TokenizerTrainer trainer = new TokenizerTrainer(TokenizerStyle.BYTE_LEVEL);

        assertThatThrownBy(() -> trainer.train(100))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("260");
    }

    @Test
    void shouldRefuseWhatIsNoTokenizer() {
        assertThatThrownBy(() -> TextTokenizer.load(
                        "{}".getBytes(StandardCharsets.UTF_8), new ModelArchitecture.Tokenizer(1, 2, 0, true)))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("tokenizer.json");
    }

    @Test
    void shouldCutALongTextButKeepItsEnd() throws WeightsFormatException {
        TrainedTokenizer trained = words();
        try (TextTokenizer tokenizer = TextTokenizer.load(trained.json(), trained.special())) {
            TokenBatch batch = tokenizer.encodeWhole(List.of("the cat sat on the mat", "cat"), 5);

            assertThat(batch.length()).isEqualTo(5);
            assertThat(batch.id(0, 0)).isEqualTo(trained.special().startToken());
            assertThat(batch.id(0, 4)).isEqualTo(trained.special().endToken());
            assertThat(batch.length(1)).isEqualTo(3);
            assertThat(batch.lastTokens()).containsExactly(4, 7);
            assertThat(batch.id(1, 4)).isEqualTo(trained.special().padToken());
        }
    }
}
