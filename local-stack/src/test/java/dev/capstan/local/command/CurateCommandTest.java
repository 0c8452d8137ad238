package dev.capstan.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.ingest.balance.Coin;
import dev.capstan.ingest.balance.ConceptBalance;
import dev.capstan.local.curation.PairTopics;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.testing.KafkaExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CurateCommandTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final int OK = 0;
    private static final int USAGE = 2;
    private static final Instant TIME = PairTopics.CRAWLED_AT;

    private PairTopics topics;

    @BeforeEach
    void makeTopics() {
        KAFKA.recreateTopics();
        topics = new PairTopics(KAFKA.clientProperties());
    }

    @AfterEach
    void close() {
        topics.close();
    }

    @Test
    void shouldCompareOnePassWithTwo() throws IOException {
        // 40 dogs, of which the first 20 were kept; three cats; one pair without a concept.
        for (int dog = 0; dog < 40; dog++) {
            pair("dog-" + dog, dog < 20, TIME, "dog");
        }
        pair("cat-0", true, TIME, "cat", "dog");
        pair("cat-1", true, TIME, "cat");
        pair("cat-2", true, TIME, "cat");
        pair("none", true, TIME);
        long dogsAtTen = IntStream.range(0, 40)
                .filter(dog -> Coin.toss("dog-" + dog, "dog") < 10.0 / 41)
                .count();
        long bothAtTen = IntStream.range(0, 20)
                .filter(dog -> Coin.toss("dog-" + dog, "dog") < 10.0 / 41)
                .count();

        CommandRun run = onCluster("curate", "report", "--target", "10", "--t", "20,100", "--json");

        assertThat(run.code()).isEqualTo(OK);
        JsonNode report = new ObjectMapper().readTree(run.out());
        assertThat(report.get("pairs").asLong()).isEqualTo(43);
        assertThat(report.get("kept").asLong()).isEqualTo(23);
        assertThat(report.get("leftOut").asLong()).isEqualTo(20);
        assertThat(report.get("withoutConcept").asLong()).isEqualTo(1);
        JsonNode divergence = report.get("divergence");
        assertThat(divergence.get("both").asLong()).isEqualTo(bothAtTen + 3);
        assertThat(divergence.get("onePassOnly").asLong()).isEqualTo(20 - bothAtTen);
        assertThat(divergence.get("twoPassOnly").asLong()).isEqualTo(dogsAtTen - bothAtTen);
        assertThat(report.get("targets").findValuesAsText("target")).containsExactly("10", "20", "100");
        assertThat(report.get("targets").get(0).get("twoPassKeeps").asLong()).isEqualTo(dogsAtTen + 3);
        assertThat(report.get("targets").get(2).get("twoPassKeeps").asLong()).isEqualTo(43);
        assertThat(report.get("mostFrequent").get(0).toString())
                .isEqualTo("{\"concept\":\"dog\",\"pairs\":41,\"kept\":21}");
        assertThat(report.get("mostFrequent").get(1).toString())
                .isEqualTo("{\"concept\":\"cat\",\"pairs\":3,\"kept\":3}");
    }

    @Test
    void shouldKeepToARangeAndPassOverWhatItCannotRead() {
        pair("early", true, TIME.minusSeconds(100), "dog");
        pair("late", true, TIME, "dog");
        topics.writeBytes(Topics.PAIRS_CURATED, 0, TIME, "x", "no record".getBytes(StandardCharsets.UTF_8));
        topics.write(Topics.PAIRS_REJECTED, 0, TIME, "y", PairTopics.rejected("y", "text-empty", 0, 1, TIME));

        CommandRun run =
                onCluster("curate", "report", "--from", TIME.minusSeconds(10).toString(), "--limit", "1");

        assertThat(run.out())
                .contains("1 records cannot be read and do not count.")
                .contains("1 pairs name a concept: 1 kept, 0 left out by balance; 0 name none")
                .contains("two passes at t = 20,000 would keep 1: one pass kept +0.00 %")
                .contains("           1            1  dog");
    }

    @Test
    void shouldSayThatThereIsNothingToBalance() {
        pair("none", true, TIME);

        assertThat(onCluster("curate", "report").out())
                .contains("No pair names a concept of the policy's list; 1 pairs name none.", "concept-list");
    }

    @Test
    void shouldRefuseWhatCannotBeMeant() {
        for (String line : List.of("curate", "curate report --t 0", "curate report --target many")) {
            CommandRun run = CommandRun.of(line.split(" "));

            assertThat(run.code()).isEqualTo(USAGE);
            assertThat(run.err()).isNotBlank();
        }
    }

    private void pair(String pairId, boolean kept, Instant time, String... concepts) {
        if (kept) {
            CuratedPair pair = PairTopics.curated(pairId, "text", new byte[] {1}, "ab");
            pair.setListedConcepts(List.of(concepts));
            topics.write(Topics.PAIRS_CURATED, 1, time, pairId, pair);
            return;
        }
        RejectedPair refused = PairTopics.rejected(pairId, ConceptBalance.RULE, 0, 0, time);
        refused.setListedConcepts(List.of(concepts));
        topics.write(Topics.PAIRS_REJECTED, 2, time, pairId, refused);
    }

    private static CommandRun onCluster(String... arguments) {
        return CommandRun.onCluster(KAFKA, arguments);
    }
}
