package dev.capstan.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.local.curation.PairTopics;
import dev.capstan.schemas.TakedownKeys;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.LiveAction;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.Shard;
import dev.capstan.testing.KafkaExtension;
import java.io.IOException;
import java.nio.ByteBuffer;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TakedownCommandTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final int OK = 0;
    private static final int USAGE = 2;
    private static final int REFUSED = 5;
    private static final Instant TIME = PairTopics.CRAWLED_AT;
    private static final byte[] PICTURE = PairTopics.picture(8, 8, 0x00FF00);

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
    void shouldSayWhereThePairStillIsAndWhichCheckpointsSawIt() {
        curate("other", 2);
        curate("a", 2);
        crawl("a", 1);
        learn();

        CommandRun run = onCluster("takedown", "add", "a", "--reason", "the painter asked");

        assertThat(run.code()).isEqualTo(OK);
        Instant curatedGone = TIME.plus(Topics.PAIRS_CURATED.retention())
                .plus(Topics.PAIRS_CURATED.retention().dividedBy(8))
                .plus(Duration.ofMinutes(5));
        assertThat(run.out())
                .contains("pair:a", ": the painter asked")
                .contains("  a copy at pairs.crawled-1-0 of " + TIME + ", gone by ")
                .contains("  a copy at pairs.curated-2-1 of " + TIME + ", gone by " + curatedGone)
                .contains("  model m, the served version among them:")
                .contains("    versions 2 read it")
                .contains("    versions 3-4 go on from one that saw it")
                .doesNotContain("6 go on");
    }

    @Test
    void shouldRememberWhoSawAPairThatHasExpired() throws Exception {
        curate("other", 2);
        curate("a", 2);
        learn();
        onCluster("takedown", "add", "a", "--reason", "asked");
        deleteBefore(Topics.PAIRS_CURATED, 2, 2);

        JsonNode shown = json(onCluster("takedown", "show", "a", "--json"));
        CommandRun again = onCluster("takedown", "add", "a", "--reason", "asked again");

        assertThat(shown.get("takenDown").asBoolean()).isTrue();
        assertThat(shown.get("copies")).isEmpty();
        assertThat(shown.get("stoodAt").get(0).get("offset").asLong()).isEqualTo(1);
        assertThat(shown.get("seenBy").get(0).get("read").get(0).asLong()).isEqualTo(2);
        assertThat(shown.get("seenBy").get(0).get("inherited")).hasSize(2);
        assertThat(again.out())
                .contains("no copy is left in pairs.crawled, pairs.curated, pairs.heldout", "versions 2 read it");
    }

    @Test
    void shouldTakeDownAnAddressAndAPicture() throws IOException {
        crawl("a", 0);
        crawl("b", 1);
        Path file = Files.write(directory.resolve("picture"), PICTURE);

        JsonNode url =
                json(onCluster("takedown", "add", "--url", "https://example.org/a.png", "--reason", "r", "--json"));
        JsonNode picture = json(onCluster("takedown", "add", "--file", file.toString(), "--reason", "r", "--json"));

        assertThat(url.get("key").asText())
                .isEqualTo(TakedownKeys.ofUrl("https://example.org/a.png"))
                .doesNotContain("example");
        assertThat(url.get("copies")).hasSize(1);
        assertThat(picture.get("key").asText()).isEqualTo(TakedownKeys.ofImage(ByteBuffer.wrap(PICTURE)));
        assertThat(picture.get("copies")).hasSize(2);
    }

    @Test
    void shouldListAndLift() {
        onCluster("takedown", "add", "a", "--reason", "first", "--no-search");
        onCluster("takedown", "add", "b", "--reason", "second", "--no-search");
        topics.writeBytes(Topics.TAKEDOWNS, 0, TIME, "pair:c", new byte[] {1});

        CommandRun listed = onCluster("takedown", "list");
        CommandRun lifted = onCluster("takedown", "lift", "--key", "pair:a");
        CommandRun left = onCluster("takedown", "list");

        assertThat(listed.out()).contains("pair:a", ": first", "pair:b", ": second", "pair:c", "cannot be read");
        assertThat(lifted.code()).isEqualTo(OK);
        assertThat(left.out()).contains("pair:b", "pair:c").doesNotContain("pair:a");
    }

    @Test
    void shouldRefuseToLiftWhatIsNotTakenDown() {
        CommandRun run = onCluster("takedown", "lift", "a");

        assertThat(run.code()).isEqualTo(REFUSED);
        assertThat(run.err()).contains("pair:a is not taken down");
    }

    @Test
    void shouldSayWhatCannotBeTold() {
        CommandRun shown = onCluster("takedown", "show", "a");
        CommandRun listed = onCluster("takedown", "list");

        assertThat(shown.out())
                .contains("not taken down", "no copy is left", "what expired before it was looked for cannot be told");
        assertThat(listed.out()).contains("Nothing is taken down.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "takedown",
                "takedown add a",
                "takedown add --reason r",
                "takedown add a --url b --reason r",
                "takedown add --file no-such-file --reason r",
                "takedown add --key pear:a --reason r",
                "takedown lift"
            })
    void shouldRefuseACommandLineThatCannotBeMeant(String line) {
        CommandRun run = CommandRun.of(line.split(" "));

        assertThat(run.code()).isEqualTo(USAGE);
        assertThat(run.err()).isNotBlank();
    }

    @Test
    void shouldWriteRangesOfVersions() {
        assertThat(TakedownReport.ranges(List.of())).isEmpty();
        assertThat(TakedownReport.ranges(List.of(3L))).isEqualTo("3");
        assertThat(TakedownReport.ranges(List.of(1L, 2L, 3L, 7L, 9L, 10L))).isEqualTo("1-3, 7, 9-10");
    }

    /** Version 2 read the second record of partition 2; 3 and 4 go on from it, 6 does not. */
    private void learn() {
        checkpoint(1, null);
        checkpoint(2, 1L, shard(0, 1));
        checkpoint(3, 2L, shard(2, 4));
        checkpoint(4, 3L);
        checkpoint(6, 1L, shard(2, 4));
        LiveVersion live = new LiveVersion("m", 4L, LiveAction.PROMOTE, "better", "test", TIME);
        topics.write(Topics.CHECKPOINTS_LIVE, 0, TIME, "m", live);
    }

    private void checkpoint(long version, @Nullable Long parent, Shard... shards) {
        topics.write(
                Topics.CHECKPOINTS_LINEAGE,
                0,
                TIME,
                "m-" + version,
                PairTopics.lineage(version, parent, List.of(shards)));
    }

    private static Shard shard(long first, long last) {
        return new Shard(Topics.PAIRS_CURATED.topicName(), 2, first, last, last - first + 1);
    }

    private void crawl(String pairId, int partition) {
        topics.write(Topics.PAIRS_CRAWLED, partition, TIME, pairId, PairTopics.crawled(pairId, "text", PICTURE));
    }

    private void curate(String pairId, int partition) {
        String content = TakedownKeys.ofImage(ByteBuffer.wrap(PICTURE)).substring("content:".length());
        topics.write(
                Topics.PAIRS_CURATED, partition, TIME, pairId, PairTopics.curated(pairId, "text", PICTURE, content));
    }

    private static void deleteBefore(Topics topic, int partition, long offset) throws Exception {
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            admin.deleteRecords(Map.of(
                            new TopicPartition(topic.topicName(), partition), RecordsToDelete.beforeOffset(offset)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private static JsonNode json(CommandRun run) throws IOException {
        return new ObjectMapper().readTree(run.out());
    }

    private static CommandRun onCluster(String... arguments) {
        return CommandRun.onCluster(KAFKA, arguments);
    }
}
