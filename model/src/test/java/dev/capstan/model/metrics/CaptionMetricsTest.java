package dev.capstan.model.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against pycocoevalcap, on captions that model/parity/metrics.py makes up. */
class CaptionMetricsTest {
    private static final double TOLERANCE = 1e-6;

    private static JsonNode fixture() throws IOException {
        try (InputStream json = CaptionMetricsTest.class.getResourceAsStream("captions.json")) {
            return new ObjectMapper().readTree(json);
        }
    }

    private static List<CaptionCase> cases(JsonNode fixture) {
        List<CaptionCase> cases = new ArrayList<>();
        for (JsonNode node : fixture.get("cases")) {
            List<String> references = new ArrayList<>();
            node.get("references").forEach(reference -> references.add(reference.asText()));
            cases.add(new CaptionCase(node.get("candidate").asText(), references).tokenized());
        }
        return cases;
    }

    @Test
    void shouldCutCaptionsIntoTheReferencesWords() throws IOException {
        for (JsonNode node : fixture().get("cases")) {
            assertThat(CaptionTokenizer.tokenize(node.get("candidate").asText()))
                    .isEqualTo(node.get("tokens").asText());
        }
    }

    @Test
    void shouldScoreCiderAsTheReference() throws IOException {
        JsonNode fixture = fixture();

        double[] scores = CiderD.corpus(cases(fixture));

        assertThat(scores).hasSize(300);
        for (int i = 0; i < scores.length; i++) {
            assertThat(scores[i])
                    .isCloseTo(fixture.get("cases").get(i).get("cider").asDouble(), within(TOLERANCE));
        }
    }

    @Test
    void shouldScoreBleuAsTheReference() throws IOException {
        JsonNode fixture = fixture();
        List<CaptionCase> cases = cases(fixture);

        double[] corpus = Bleu.corpus(cases);

        for (int i = 0; i < corpus.length; i++) {
            assertThat(corpus[i]).isCloseTo(fixture.get("bleu").get(i).asDouble(), within(TOLERANCE));
        }
        for (int i = 0; i < cases.size(); i++) {
            assertThat(Bleu.sentence(cases.get(i))[3])
                    .isCloseTo(fixture.get("cases").get(i).get("bleu4").asDouble(), within(TOLERANCE));
        }
    }

    @Test
    void shouldScoreAStreamByTheFrozenTableOfACorpus(@TempDir Path directory) throws IOException {
        List<CaptionCase> cases = cases(fixture());
        DocumentFrequencies table = DocumentFrequencies.of(
                cases.stream().map(CaptionCase::references).toList());
        Path file = directory.resolve("frequencies.json");

        table.write(file);

        assertThat(DocumentFrequencies.read(file)).isEqualTo(table);
        CiderD frozen = new CiderD(DocumentFrequencies.read(file));
        assertThat(cases.stream().mapToDouble(frozen::score).toArray()).containsExactly(CiderD.corpus(cases));
    }

    @Test
    void shouldRefuseATableThatContradictsItself(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("table.json"), "{\"images\": 2, \"runs\": {\"a cat\": 3}}");

        assertThatThrownBy(() -> DocumentFrequencies.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("table.json")
                .hasMessageContaining("2 images");
    }

    @Test
    void shouldScoreZeroInACorpusOfOneImage() {
        assertThat(CiderD.corpus(List.of(new CaptionCase("a cat", List.of("a cat")))))
                .containsExactly(0);
    }

    @Test
    void shouldScoreTenWhereTheOnlyReferenceIsRepeated() {
        double[] scores = CiderD.corpus(List.of(
                new CaptionCase("a cat on a mat", List.of("a cat on a mat")),
                new CaptionCase("nothing of it", List.of("two dogs run along here"))));

        assertThat(scores[0]).isCloseTo(10, within(1e-9));
        assertThat(scores[1]).isZero();
    }

    @Test
    void shouldScoreCosinesAsClipScoreDoes() {
        float[] image = {1, 0};
        float[] half = {1, (float) Math.sqrt(3)};

        assertThat(ClipScore.of(image, half)).isCloseTo(1.25, within(TOLERANCE));
        assertThat(ClipScore.of(image, new float[] {-1, 0})).isZero();
        // CLIPScore 1.25, largest reference cosine 0.5: 2 * 1.25 * 0.5 / 1.75.
        assertThat(ClipScore.withReferences(image, half, List.of(new float[] {-1, 0}, image)))
                .isCloseTo(1.25 / 1.75, within(TOLERANCE));
        assertThat(ClipScore.withReferences(image, new float[] {0, 1}, List.of(image)))
                .isZero();
    }
}
