package dev.capstan.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.local.curation.PairTopics;
import dev.capstan.local.curation.RangeReader;
import dev.capstan.local.curation.ReadingProgress;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.TakedownKeys;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.testing.KafkaExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class ReplayCommandTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int NO_STACK = 3;
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
    void shouldShowWhatAPolicyWouldChange() throws Exception {
        Path policy = policyAndPairs("shown");

        CommandRun run = onCluster("replay", "--policy", policy.toString());

        assertThat(run.code()).isEqualTo(OK);
        assertThat(run.out())
                .contains("4 pairs under shown-", "before under default-00000000")
                .contains("           2            3  kept")
                .contains("           1            0  image-too-small")
                .contains("           0            1  text-too-short")
                .contains("           1  kept -> text-too-short, for example pairs.crawled-0-1")
                .contains("           1  image-too-small -> kept, for example pairs.crawled-0-2")
                .contains("           1  (not judged yet) -> kept, for example pairs.crawled-0-3")
                .containsPattern("3 pairs are in topic replay.shown-[0-9a-f]{8}; 0 that would be held out are not");
    }

    @Test
    void shouldWriteWhatIsKeptIntoATopicThatGoesByItself() throws Exception {
        Path policy = policyAndPairs("written");

        JsonNode report = json(onCluster("replay", "--policy", policy.toString(), "--retention", "2h", "--json"));

        String topic = report.get("topic").asText();
        String version = report.get("policyVersion").asText();
        assertThat(topic).isEqualTo("replay." + version);
        assertThat(curated(topic))
                .hasSize(3)
                .allSatisfy(pair -> assertThat(pair.getPolicyVersion()).isEqualTo(version))
                .extracting(CuratedPair::getText)
                .containsExactlyInAnyOrder("a red ball", "a small ball", "a new ball");
        assertThat(setting(topic, "retention.ms")).isEqualTo("7200000");
        assertThat(setting(topic, "message.timestamp.type")).isEqualTo("LogAppendTime");
        CommandRun again = onCluster("replay", "--policy", policy.toString());
        assertThat(again.code()).isEqualTo(FAILED);
        assertThat(again.err()).contains(topic + " exists already", "--topic");
    }

    @Test
    void shouldTouchNothingInADryRun() throws Exception {
        Path policy = policyAndPairs("dry");
        Set<String> before = topicNames();

        JsonNode report = json(onCluster("replay", "--policy", policy.toString(), "--dry-run", "--json"));

        assertThat(report.has("topic")).isFalse();
        assertThat(report.get("read").asLong()).isEqualTo(4);
        assertThat(report.get("now").get("kept").asLong()).isEqualTo(3);
        assertThat(report.get("before").get("(not judged yet)").asLong()).isEqualTo(1);
        assertThat(topicNames()).isEqualTo(before);
    }

    @Test
    void shouldKeepToARangeOfTime() throws Exception {
        Path policy = policyAndPairs("range");

        JsonNode report = json(onCluster(
                "replay",
                "--policy",
                policy.toString(),
                "--from",
                TIME.plusSeconds(1).toString(),
                "--to",
                TIME.plusSeconds(3).toString(),
                "--dry-run",
                "--json"));

        assertThat(report.get("read").asLong()).isEqualTo(2);
        assertThat(report.get("changes")).hasSize(2);
    }

    @Test
    void shouldKnowDuplicatesOfAllPartitionsAndTakedowns() throws Exception {
        byte[] picture = PairTopics.picture(48, 48, 0xFF0000);
        for (int partition = 0; partition < 4; partition++) {
            topics.write(
                    Topics.PAIRS_CRAWLED,
                    partition,
                    TIME,
                    "p" + partition,
                    PairTopics.crawled("p" + partition, "a red ball", picture));
        }
        crawl(0, "taken", "a green ball", PairTopics.picture(48, 48, 0x00FF00));
        topics.writeBytes(Topics.TAKEDOWNS, 0, TIME, TakedownKeys.ofPair("taken"), new byte[] {1});

        JsonNode report = json(onCluster("replay", "--policy", policy("all").toString(), "--dry-run", "--json"));

        assertThat(report.get("now").toString()).isEqualTo("{\"exact-duplicate\":3,\"kept\":1,\"takedown\":1}");
    }

    @Test
    void shouldRefuseWhatCannotBeMeant() throws IOException {
        Path broken = Files.writeString(directory.resolve("broken.yaml"), "min-side: -4\n");

        CommandRun badPolicy = CommandRun.of("replay", "--policy", broken.toString());
        CommandRun noPolicy = CommandRun.of("replay", "--policy", "no-such-file");
        CommandRun badRange = CommandRun.of("replay", "--policy", "builtin:laion", "--from", "1h", "--to", "2h");
        CommandRun noStack = CommandRun.of("replay", "--policy", "builtin:laion");

        assertThat(badPolicy.code()).isEqualTo(USAGE);
        assertThat(badPolicy.err()).contains("min-side");
        assertThat(noPolicy.code()).isEqualTo(USAGE);
        assertThat(badRange.code()).isEqualTo(USAGE);
        assertThat(badRange.err()).contains("not before --to");
        assertThat(noStack.code()).isEqualTo(NO_STACK);
    }

    /** Three pairs that were judged, of which one was refused, and one that was not yet. */
    private Path policyAndPairs(String name) throws Exception {
        crawl(0, "a", "a red ball", PairTopics.picture(48, 48, 0xFF0000));
        crawl(1, "b", "ball", PairTopics.picture(48, 48, 0x00FF00));
        long small = crawl(2, "c", "a small ball", PairTopics.picture(20, 48, 0x0000FF));
        crawl(3, "d", "a new ball", PairTopics.picture(48, 48, 0x00FFFF));
        topics.write(
                Topics.PAIRS_REJECTED,
                3,
                TIME,
                "pairs.crawled-0-" + small,
                PairTopics.rejected("c", "image-too-small", 0, small, TIME));
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            admin.alterConsumerGroupOffsets(
                            "capstan-ingest",
                            Map.of(new TopicPartition(Topics.PAIRS_CRAWLED.topicName(), 0), new OffsetAndMetadata(3)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
        return policy(name);
    }

    private Path policy(String name) throws IOException {
        return Files.writeString(
                directory.resolve(name + ".yaml"),
                "name: " + name + "\nmin-text-characters: 5\nmin-side: 16\nheldout-fraction: 0\n");
    }

    private long crawl(long second, String pairId, String text, byte[] picture) {
        return topics.write(
                Topics.PAIRS_CRAWLED, 0, TIME.plusSeconds(second), pairId, PairTopics.crawled(pairId, text, picture));
    }

    private static List<CuratedPair> curated(String topic) {
        KafkaSettings settings = new KafkaSettings(KAFKA.bootstrapServers(), KAFKA.registryUrl(), Map.of());
        Map<TopicPartition, RangeReader.Range> ranges = new HashMap<>();
        List<CuratedPair> pairs = new ArrayList<>();
        try (RangeReader reader = new RangeReader(settings, ReadingProgress.SILENT);
                Admin admin = Admin.create(KAFKA.clientProperties());
                AvroDeserializer<CuratedPair> records = new AvroDeserializer<>(CuratedPair.class)) {
            records.configure(settings.clientProperties(), false);
            IntStream.range(0, Topics.PAIRS_CURATED.defaultPartitions())
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .forEach(partition -> ranges.put(partition, new RangeReader.Range(0, end(admin, partition))));
            reader.read(ranges, record -> pairs.add(records.deserialize(topic, record.value())));
        }
        return pairs;
    }

    private static long end(Admin admin, TopicPartition partition) {
        try {
            return admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                    .partitionResult(partition)
                    .get(30, TimeUnit.SECONDS)
                    .offset();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static String setting(String topic, String key) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            Config config = admin.describeConfigs(List.of(resource))
                    .all()
                    .get(30, TimeUnit.SECONDS)
                    .get(resource);
            return Objects.requireNonNull(config).get(key).value();
        }
    }

    private static Set<String> topicNames() throws Exception {
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            return admin.listTopics().names().get(30, TimeUnit.SECONDS);
        }
    }

    private static JsonNode json(CommandRun run) throws IOException {
        assertThat(run.err()).isEmpty();
        return new ObjectMapper().readTree(run.out());
    }

    private static CommandRun onCluster(String... arguments) {
        return CommandRun.onCluster(KAFKA, arguments);
    }
}
