package dev.capstan.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.local.curation.PairTopics;
import dev.capstan.schemas.TakedownKeys;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.testing.KafkaExtension;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RejectedCommandTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final Instant TIME = PairTopics.CRAWLED_AT;

    @TempDir
    private Path directory;

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
    void shouldCountByRuleAndListTheNewest() {
        refuse("a", "text-empty", 0, 0, 1);
        refuse("b", "image-too-small", 1, 5, 3);
        refuse("c", "image-too-small", 0, 1, 2);

        CommandRun run = onCluster("rejected", "--limit", "2");

        assertThat(run.code()).isEqualTo(OK);
        assertThat(run.out().lines())
                .containsExactly(
                        "           2  image-too-small",
                        "           1  text-empty",
                        "           3  in all",
                        "",
                        TIME.plusSeconds(2) + "  image-too-small  pairs.crawled-0-1  c",
                        "    Refused by image-too-small.",
                        TIME.plusSeconds(3) + "  image-too-small  pairs.crawled-1-5  b",
                        "    Refused by image-too-small.");
    }

    @Test
    void shouldKeepToARuleAndATime() {
        refuse("a", "text-empty", 0, 0, 1);
        refuse("b", "text-empty", 0, 1, 100);
        refuse("c", "image-too-small", 0, 2, 100);

        CommandRun run = onCluster(
                "rejected",
                "--rule",
                "text-empty",
                "--since",
                TIME.plusSeconds(50).toString(),
                "--counts");

        assertThat(run.out().lines()).containsExactly("           1  text-empty");
    }

    @Test
    void shouldCountWhatCannotBeRead() {
        refuse("a", "text-empty", 0, 0, 1);
        topics.writeBytes(Topics.PAIRS_REJECTED, 0, TIME, "x", "no record".getBytes(StandardCharsets.UTF_8));

        CommandRun run = onCluster("rejected", "--counts");

        assertThat(run.code()).isEqualTo(OK);
        assertThat(run.out()).contains("1  text-empty", "1  records of the topic cannot be read");
    }

    @Test
    void shouldWriteThePicturesOfASampleWithTheirTexts() throws IOException {
        byte[] picture = PairTopics.picture(8, 8, 0xFF0000);
        long offset = topics.write(Topics.PAIRS_CRAWLED, 2, TIME, "a", PairTopics.crawled("a", "a dot", picture));
        refuse("a", "image-too-small", 2, offset, 1);
        refuse("z", "text-empty", 2, 99, 1);

        CommandRun run = onCluster("rejected", "--sample", "5", "--images", directory.toString());

        assertThat(run.code()).isEqualTo(OK);
        Path written = directory.resolve("image-too-small/pairs.crawled-2-0.png");
        assertThat(written).hasBinaryContent(picture);
        assertThat(directory.resolve("image-too-small/pairs.crawled-2-0.txt")).hasContent("a dot");
        assertThat(run.out()).contains(written.toString()).contains("the topic ends before it");
    }

    @Test
    void shouldSayThatAnOriginalHasExpired() throws Exception {
        for (int pair = 0; pair < 3; pair++) {
            topics.write(
                    Topics.PAIRS_CRAWLED, 0, TIME, "p", PairTopics.crawled("p" + pair, "text", new byte[] {1, 2, 3}));
        }
        deleteCrawledBefore(2);
        refuse("p0", "text-empty", 0, 0, 1);
        refuse("p2", "text-empty", 0, 2, 2);

        CommandRun run = onCluster("rejected", "--sample", "2", "--images", directory.toString(), "--json");

        JsonNode sample = new ObjectMapper().readTree(run.out()).get("sample");
        assertThat(sample).hasSize(2);
        assertThat(sample.get(0).get("original").asText()).isEqualTo("expired");
        assertThat(sample.get(0).has("picture")).isFalse();
        assertThat(sample.get(1).get("original").asText()).isEqualTo("found");
        assertThat(Files.readAllBytes(Path.of(sample.get(1).get("picture").asText())))
                .containsExactly(1, 2, 3);
    }

    @Test
    void shouldNotShowWhatIsTakenDown() {
        byte[] picture = PairTopics.picture(8, 8, 0xFF0000);
        long offset = topics.write(Topics.PAIRS_CRAWLED, 0, TIME, "a", PairTopics.crawled("a", "a dot", picture));
        refuse("a", "takedown", 0, offset, 1);
        topics.writeBytes(Topics.TAKEDOWNS, 0, TIME, TakedownKeys.ofImage(ByteBuffer.wrap(picture)), new byte[] {1});

        CommandRun run = onCluster("rejected", "--sample", "1", "--images", directory.toString());

        assertThat(run.out()).endsWith("    taken down" + System.lineSeparator());
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldNotLetARecordLeadOutOfTheDirectory() {
        long offset =
                topics.write(Topics.PAIRS_CRAWLED, 0, TIME, "a", PairTopics.crawled("a", "a dot", new byte[] {1}));
        refuse("a", "../../evil", 0, offset, 1);

        CommandRun run = onCluster("rejected", "--sample", "1", "--images", directory.toString());

        assertThat(run.out()).contains("______evil/pairs.crawled-0-0.bin");
        assertThat(directory.resolve("______evil/pairs.crawled-0-0.bin")).exists();
    }

    @Test
    void shouldDrawTheSameSampleForTheSameSeed() throws IOException {
        for (int pair = 0; pair < 200; pair++) {
            refuse("p" + pair, pair % 2 == 0 ? "text-empty" : "image-aspect", 0, pair, pair);
        }

        List<String> first = sampled("7");
        List<String> again = sampled("7");
        List<String> other = sampled("8");

        assertThat(first).hasSize(10).doesNotHaveDuplicates().isEqualTo(again).isNotEqualTo(other);
    }

    @Test
    void shouldPrintCountsAsJson() throws IOException {
        refuse("a", "text-empty", 0, 0, 1);

        JsonNode report = new ObjectMapper()
                .readTree(onCluster("rejected", "--counts", "--json").out());

        assertThat(report.get("total").asLong()).isEqualTo(1);
        assertThat(report.get("counts").get("text-empty").asLong()).isEqualTo(1);
        assertThat(report.has("newest")).isFalse();
    }

    @Test
    void shouldSayThatNothingWasRefused() {
        assertThat(onCluster("rejected").out().lines()).containsExactly("No pair was refused.");
        assertThat(onCluster("rejected", "--rule", "x").out().lines())
                .containsExactly("No pair was refused that matches.");
    }

    @Test
    void shouldNameTheTopicThatIsMissing() throws Exception {
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            String name = Topics.PAIRS_REJECTED.topicName();
            admin.deleteTopics(List.of(name)).all().get(30, TimeUnit.SECONDS);
            Awaitility.await()
                    .until(() -> !admin.listTopics()
                            .names()
                            .get(30, TimeUnit.SECONDS)
                            .contains(name));
        }

        CommandRun run = onCluster("rejected", "--kafka", "default.api.timeout.ms=2000");

        assertThat(run.code()).isEqualTo(FAILED);
        assertThat(run.err()).contains("pairs.rejected");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--images somewhere",
                "--sample 5 --counts",
                "--sample 101",
                "--limit -1",
                "--since yesterday",
                "--limit many"
            })
    void shouldRefuseACommandLineThatCannotBeMeant(String options) {
        CommandRun run = CommandRun.of(("rejected " + options).split(" "));

        assertThat(run.code()).isEqualTo(USAGE);
        assertThat(run.err()).isNotBlank();
    }

    @Test
    void shouldTakeATimeAgo() {
        refuseAt("old", Instant.now().minus(Duration.ofHours(3)));
        refuseAt("new", Instant.now().minus(Duration.ofMinutes(3)));

        CommandRun run = onCluster("rejected", "--since", "1h");

        assertThat(run.out()).contains("  new").doesNotContain("  old");
    }

    private List<String> sampled(String seed) throws IOException {
        return new ObjectMapper()
                .readTree(onCluster("rejected", "--sample", "5", "--seed", seed, "--json")
                        .out())
                .get("sample")
                .findValuesAsText("pairId");
    }

    private void refuse(String pairId, String rule, int partition, long offset, long seconds) {
        RejectedPair refused = PairTopics.rejected(pairId, rule, partition, offset, TIME.plusSeconds(seconds));
        topics.write(Topics.PAIRS_REJECTED, partition, TIME.plusSeconds(seconds), pairId, refused);
    }

    private void refuseAt(String pairId, Instant time) {
        topics.write(Topics.PAIRS_REJECTED, 0, time, pairId, PairTopics.rejected(pairId, "text-empty", 0, 0, time));
    }

    private static void deleteCrawledBefore(long offset) throws Exception {
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            admin.deleteRecords(Map.of(
                            new TopicPartition(Topics.PAIRS_CRAWLED.topicName(), 0),
                            RecordsToDelete.beforeOffset(offset)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private static CommandRun onCluster(String... arguments) {
        return CommandRun.onCluster(KAFKA, arguments);
    }
}
