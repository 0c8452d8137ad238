package dev.capstan.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against open_clip's SimpleTokenizer, with a vocabulary of our own; model/parity/tokenizer.py makes the fixtures. */
class ClipTokenizerTest {
    private static final int STRINGS = 10_000;
    private static final int BLOCK = 100;
    private static final int VOCABULARY = 1_400;
    private static final JsonNode PIECES = json("clip-pieces.json");

    private static JsonNode json(String name) {
        try (InputStream json = ClipTokenizerTest.class.getResourceAsStream(name)) {
            return new ObjectMapper().readTree(json);
        } catch (IOException e) {
            throw new IllegalStateException(name, e);
        }
    }

    private static String mergesFixture() throws IOException {
        try (InputStream merges = ClipTokenizerTest.class.getResourceAsStream("clip-merges.txt")) {
            return new String(merges.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static ClipVocabulary vocabulary() throws IOException {
        return ClipVocabulary.ofMerges(mergesFixture().lines().skip(1).toList());
    }

    private static ClipVocabulary trained() throws WeightsFormatException {
        TokenizerTrainer trainer = new TokenizerTrainer(TokenizerStyle.CLIP, true);
        for (String list : List.of("any", "plain")) {
            PIECES.get(list).forEach(piece -> trainer.add(TextCleaner.clean(piece.asText()), 2));
        }
        return ClipVocabulary.of(trainer.train(VOCABULARY));
    }

    /** Knuth's linear congruential generator; the Python script has the same. */
    private static final class Chance {
        private long state = 7;

        int below(int bound) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            return (int) ((state >>> 33) % bound);
        }
    }

    private static List<String> strings() {
        Chance chance = new Chance();
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < STRINGS; i++) {
            boolean broken = chance.below(8) == 0;
            int parts = 1 + chance.below(8);
            StringBuilder text = new StringBuilder();
            for (int part = 0; part < parts; part++) {
                JsonNode choice = PIECES.get(!broken ? "any" : chance.below(3) == 0 ? "misread" : "plain");
                text.append(choice.get(chance.below(choice.size())).asText());
                text.append(broken || chance.below(4) != 0 ? " " : "");
            }
            strings.add(text.toString());
        }
        return strings;
    }

    @Test
    void shouldLearnTheCommittedVocabulary() throws IOException {
        String merges = trained().mergesFile();

        String fixtures = System.getProperty("capstan.fixtures");
        if (fixtures != null) {
            Files.writeString(Path.of(fixtures, "clip-merges.txt"), merges);
        }
        assertThat(merges).isEqualTo(mergesFixture());
    }

    @Test
    void shouldGiveTheReferencesIdsToTenThousandStrings() throws IOException, NoSuchAlgorithmException {
        JsonNode expected = json("clip-ids.json");
        List<String> strings = strings();
        List<String> digests = new ArrayList<>();
        try (ClipTokenizer tokenizer = new ClipTokenizer(vocabulary())) {
            for (int i = 0; i < expected.get("explicit").size(); i++) {
                JsonNode ids = expected.get("explicit").get(i).get("ids");
                assertThat(tokenizer.encode(strings.get(i)))
                        .as("%d: %s", i, strings.get(i))
                        .containsExactly(longs(ids));
            }
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (int i = 0; i < STRINGS; i++) {
                String ids = Arrays.stream(tokenizer.encode(strings.get(i)))
                        .mapToObj(Long::toString)
                        .collect(Collectors.joining(" ", "", "\n"));
                digest.update(ids.getBytes(StandardCharsets.UTF_8));
                if ((i + 1) % BLOCK == 0) {
                    digests.add(HexFormat.of().formatHex(digest.digest()).substring(0, 16));
                }
            }
        }

        List<String> references = new ArrayList<>();
        expected.get("digests").forEach(node -> references.add(node.asText()));
        assertThat(digests).hasSize(STRINGS / BLOCK).isEqualTo(references);
    }

    private static long[] longs(JsonNode ids) {
        long[] values = new long[ids.size()];
        Arrays.setAll(values, i -> ids.get(i).asLong());
        return values;
    }

    @Test
    void shouldReadEveryFormOfTheVocabularyAlike(@TempDir Path directory) throws IOException {
        ClipVocabulary vocabulary = vocabulary();
        Path zipped = Files.createDirectory(directory.resolve("zipped"));
        try (OutputStream file = new GZIPOutputStream(Files.newOutputStream(zipped.resolve("bpe_simple.txt.gz")))) {
            file.write(vocabulary.mergesFile().getBytes(StandardCharsets.UTF_8));
        }
        Path one = Files.createDirectory(directory.resolve("one"));
        Files.write(one.resolve("tokenizer.json"), vocabulary.tokenizerJson());
        Path two = Files.createDirectory(directory.resolve("two"));
        Files.writeString(two.resolve("merges.txt"), vocabulary.mergesFile() + "\n");
        JsonNode ids = new ObjectMapper()
                .readTree(vocabulary.tokenizerJson())
                .get("model")
                .get("vocab");
        Files.writeString(two.resolve("vocab.json"), ids.toString());

        assertThat(ClipVocabulary.readDirectory(zipped)).isEqualTo(vocabulary);
        assertThat(ClipVocabulary.readDirectory(one)).isEqualTo(vocabulary);
        assertThat(ClipVocabulary.readDirectory(two)).isEqualTo(vocabulary);
    }

    @Test
    void shouldNameTheLineThatIsNoMerge(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("merges.txt"), "#version: 0.2\na b\nabc\n");

        assertThatThrownBy(() -> ClipVocabulary.readMerges(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("merges.txt:3");
    }

    @Test
    void shouldNameTheIdThatDoesNotFitTheMerges(@TempDir Path directory) throws IOException {
        Path merges = Files.writeString(directory.resolve("merges.txt"), "#version: 0.2\na b");
        ClipVocabulary other = ClipVocabulary.ofMerges(List.of("c d"));
        Path vocab = directory.resolve("vocab.json");
        Files.writeString(
                vocab,
                new ObjectMapper()
                        .readTree(other.tokenizerJson())
                        .get("model")
                        .get("vocab")
                        .toString());

        assertThatThrownBy(() -> ClipVocabulary.readVocabularyAndMerges(vocab, merges))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("id 512")
                .hasMessageContaining("\"ab\"");
    }

    @Test
    void shouldBringTextsBackWithSpacesBetweenWords() throws IOException {
        try (ClipTokenizer tokenizer = new ClipTokenizer(vocabulary())) {
            assertThat(tokenizer.decode(tokenizer.encode("A Dog, 猫 &amp; caf\u00c3\u00a9!")))
                    .isEqualTo("a dog , 猫 & café !");
        }
    }

    @Test
    void shouldPadWithZerosAndKeepTheEnd() throws IOException {
        ClipVocabulary vocabulary = vocabulary();
        try (ClipTokenizer tokenizer = new ClipTokenizer(vocabulary)) {
            TokenBatch batch = tokenizer.encodeWhole(List.of("a", "1 2 3 4 5 6 7 8 9"), 6);

            assertThat(batch.length()).isEqualTo(6);
            assertThat(batch.id(0, 3)).isZero();
            assertThat(batch.id(1, 5)).isEqualTo(vocabulary.tokens().size() - 1);
        }
    }
}
