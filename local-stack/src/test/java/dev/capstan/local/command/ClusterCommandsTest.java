package dev.capstan.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.local.requests.Events;
import dev.capstan.local.requests.FakeInference;
import dev.capstan.local.requests.FakeInference.Reply;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PairIds;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.testing.KafkaExtension;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a cluster that exists. */
class ClusterCommandsTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final byte[] CAT = {1, 2, 3};
    private static final byte[] FOX = {4, 5, 6, 7};
    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int TIMED_OUT = 4;
    private static final int REFUSED = 5;

    @TempDir
    private Path directory;

    @BeforeEach
    void makeTopics() {
        KAFKA.recreateTopics();
    }

    @Test
    void shouldFeedADirectory() throws IOException {
        Files.write(directory.resolve("cat.png"), CAT);
        Files.writeString(directory.resolve("cat.txt"), "a cat");
        Files.write(directory.resolve("alone.png"), FOX);

        CommandRun run = onCluster("feed", directory.toString(), "--source", "holidays");

        assertThat(run.code()).isEqualTo(OK);
        assertThat(run.out())
                .contains("1 pairs sent, 1 to pairs.crawled and 0 to pairs.located; 1 passed over", "1 no-text");
        assertThat(run.err()).contains("passed over: ", "alone.png has no readable text");
        assertThat(crawled())
                .singleElement()
                .satisfies(pair -> assertThat(pair)
                        .returns(PairIds.of(Optional.empty(), CAT, "a cat"), CrawledPair::getPairId)
                        .returns("a cat", CrawledPair::getText)
                        .returns(ByteBuffer.wrap(CAT), CrawledPair::getImage)
                        .returns("holidays", CrawledPair::getSource)
                        .returns(null, CrawledPair::getSourceUrl));
    }

    @Test
    void shouldShowHowFarEachStageIsBehind() throws IOException {
        Files.write(directory.resolve("cat.png"), CAT);
        Files.writeString(directory.resolve("cat.txt"), "a cat");
        onCluster("feed", directory.toString());

        CommandRun run = onCluster("status");

        assertThat(run.code()).isEqualTo(OK);
        // A record and its transaction's marker.
        assertThat(run.out().lines())
                .anyMatch(line -> line.matches("capstan-ingest +pairs.crawled +2 +\\d+\\.\\d"))
                .anyMatch(line -> line.matches("capstan-inference +requests.caption +0 +0\\.0"))
                .anyMatch(line -> line.matches("capstan-trainer +pairs.curated +0 +0\\.0"));
    }

    @Test
    void shouldFeedJsonLinesAndPassOverWhatIsTooLargeOrMissing() throws IOException {
        Files.write(directory.resolve("cat.png"), CAT);
        Files.write(directory.resolve("fox.png"), FOX);
        Path lines = Files.writeString(directory.resolve("pairs.jsonl"), """
                {"image": "cat.png", "text": "a cat", "url": "https://example.org/cat.png"}
                {"image": "fox.png", "text": "a fox"}
                {"image": "gone.png", "text": "nothing"}
                no JSON
                """);

        CommandRun run = onCluster("feed", lines.toString(), "--max-bytes", "3");

        assertThat(run.code()).isEqualTo(OK);
        assertThat(run.out()).contains("1 pairs sent, 1 to pairs.crawled and 0 to pairs.located; 3 passed over");
        assertThat(run.err())
                .contains("fox.png has 4 bytes, more than 3")
                .contains("gone.png cannot be read")
                .contains("this line is no JSON: no JSON");
        assertThat(crawled()).extracting(CrawledPair::getSourceUrl).containsExactly("https://example.org/cat.png");
    }

    @Test
    void shouldFeedAddressesOnceAndSayWhatWasNoPair() throws IOException {
        Path table = Files.writeString(directory.resolve("table.csv"), """
                link,alt
                https://example.org/cat.png,a cat
                nonsense,a fox
                """);
        String[] arguments = {"feed", table.toString(), "--url-column", "link", "--text-column", "alt", "--rate", "1000"
        };

        CommandRun first = onCluster(arguments);
        CommandRun second = onCluster(arguments);

        assertThat(first.code()).isEqualTo(OK);
        assertThat(first.out())
                .contains("1 pairs sent, 0 to pairs.crawled and 1 to pairs.located; 1 passed over")
                .contains("passed over: 1 address-unusable");
        assertThat(second.out()).isEqualTo(first.out());
        assertThat(ends(Topics.PAIRS_LOCATED))
                .as("a record and its transaction's marker")
                .isEqualTo(2);
    }

    @Test
    void shouldFailWhereNothingIsAPair() throws IOException {
        Path table = Files.writeString(directory.resolve("table.tsv"), "url\nhttps://example.org/cat.png\n");

        CommandRun run = onCluster("feed", table.toString());

        assertThat(run.code()).isEqualTo(FAILED);
        assertThat(run.err()).contains("column-missing", "--text-column");
    }

    @Test
    void shouldRefuseAKindOfFileThatIsNotFed() throws IOException {
        Path file = Files.writeString(directory.resolve("table.xlsx"), "");

        CommandRun run = onCluster("feed", file.toString());

        assertThat(run.code()).isEqualTo(REFUSED);
        assertThat(run.err()).contains("table.xlsx", ".parquet");
    }

    @Test
    void shouldFailWhereTheClusterDoesNotAnswer() throws IOException {
        Files.write(directory.resolve("cat.png"), CAT);

        CommandRun run = CommandRun.of(
                "feed",
                directory.toString(),
                "--bootstrap-servers",
                "127.0.0.1:1",
                "--registry",
                KAFKA.registryUrl(),
                "--kafka",
                "default.api.timeout.ms=300",
                "--kafka",
                "request.timeout.ms=200");

        assertThat(run.code()).isEqualTo(FAILED);
        assertThat(run.err()).contains("Kafka: ");
    }

    @Test
    void shouldPrintLabelsWithTheirShares() throws IOException {
        Path picture = Files.write(directory.resolve("cat.png"), CAT);
        try (FakeInference inference =
                inference(request -> Events.label(((ClassifyRequest) request).getRequestId(), "cat"))) {
            CommandRun run = onCluster("classify", picture.toString(), "--labels", "cat, dog");

            assertThat(run.code()).isEqualTo(OK);
            assertThat(run.out().lines()).containsExactly(" 75.0 %  cat", "(capstan-demo version 7)");
            assertThat(((ClassifyRequest) inference.seen().get(0).request()).getLabels())
                    .containsExactly("cat", "dog");
        }
    }

    @Test
    void shouldAskWithTemplates() throws IOException {
        Path picture = Files.write(directory.resolve("cat.png"), CAT);
        Path file = Files.writeString(directory.resolve("templates.txt"), "# two\na {}\n\nthe {}\n");
        try (FakeInference inference =
                inference(request -> Events.label(((ClassifyRequest) request).getRequestId(), "cat"))) {
            CommandRun one = onCluster(
                    "classify",
                    picture.toString(),
                    "--labels",
                    "cat",
                    "--template",
                    "my {}, drawn",
                    "--template",
                    "{}");
            CommandRun other =
                    onCluster("classify", picture.toString(), "--label-set", "animals", "--templates", file.toString());

            assertThat(List.of(one.code(), other.code())).containsOnly(OK);
            assertThat(inference.seen())
                    .extracting(seen -> ((ClassifyRequest) seen.request()).getTemplates())
                    .containsExactly(List.of("my {}, drawn", "{}"), List.of("a {}", "the {}"));
        }
    }

    @Test
    void shouldRefuseTemplatesWithoutAPlaceForTheLabel() throws IOException {
        Path picture = Files.write(directory.resolve("cat.png"), CAT);

        CommandRun without = onCluster("classify", picture.toString(), "--labels", "cat", "--template", "a photo");
        CommandRun twice =
                onCluster("classify", picture.toString(), "--labels", "cat", "--template", "a {}", "--ensemble");

        assertThat(List.of(without.code(), twice.code())).containsOnly(USAGE);
        assertThat(without.err()).contains("\"a photo\" has no {} for the label");
        assertThat(twice.err()).contains("Give one of --template, --templates and --ensemble");
    }

    @Test
    void shouldPrintACaption() throws IOException {
        Path picture = Files.write(directory.resolve("fox.png"), FOX);
        try (FakeInference inference =
                inference(request -> Events.caption(((CaptionRequest) request).getRequestId(), "a red fox"))) {
            CommandRun run = onCluster("caption", picture.toString(), "--beams", "3");

            assertThat(run.code()).isEqualTo(OK);
            assertThat(run.out().lines()).containsExactly("a red fox", "(grounding 0.50, capstan-demo version 7)");
            assertThat(((CaptionRequest) inference.seen().get(0).request()).getBeams())
                    .isEqualTo(3);
        }
    }

    @Test
    void shouldPrintTheWholeAnswerAsJson() throws IOException {
        Path picture = Files.write(directory.resolve("fox.png"), FOX);
        try (FakeInference inference =
                inference(request -> Events.caption(((CaptionRequest) request).getRequestId(), "a red fox"))) {
            CommandRun run = onCluster("caption", picture.toString(), "--json");

            assertThat(run.out()).contains("\"caption\": \"a red fox\"", "\"checkpoint\": 7");
            assertThat(inference.seen()).hasSize(1);
        }
    }

    @Test
    void shouldSayWhyARequestWasRefused() throws IOException {
        Path picture = Files.write(directory.resolve("fox.png"), FOX);
        try (FakeInference inference = inference(request -> Events.refusal(
                ((ClassifyRequest) request).getRequestId(), "unknown-label-set", "Publish the set first."))) {
            CommandRun run = onCluster("classify", picture.toString(), "--label-set", "birds");

            assertThat(run.code()).isEqualTo(REFUSED);
            assertThat(run.err()).contains("unknown-label-set: Publish the set first.");
            assertThat(inference.seen()).hasSize(1);
        }
    }

    @Test
    void shouldTellThatNobodyAnswers() throws IOException {
        Path picture = Files.write(directory.resolve("fox.png"), FOX);

        CommandRun run = onCluster("caption", picture.toString(), "--timeout", "50ms");

        assertThat(run.code()).isEqualTo(TIMED_OUT);
        assertThat(run.err()).contains("is inference running", "./capstan status");
    }

    @Test
    void shouldNameTheTopicThatIsMissing() throws Exception {
        Path picture = Files.write(directory.resolve("fox.png"), FOX);
        delete(Topics.EVENTS_CAPTIONS);

        CommandRun run = onCluster("caption", picture.toString());

        assertThat(run.code()).isEqualTo(FAILED);
        assertThat(run.err()).contains("topic events.captions does not exist", "./capstan provision");
    }

    @Test
    void shouldSayThatThereAreNoCheckpoints() {
        CommandRun run = onCluster("checkpoints", "--model", "mine");

        assertThat(run.code()).isEqualTo(OK);
        assertThat(run.out()).contains("The log has no checkpoint of mine.");
    }

    @Test
    void shouldRefuseToServeAVersionThatDoesNotExist() {
        CommandRun promoted = onCluster("checkpoints", "promote", "9", "--reason", "better");
        CommandRun rolledBack = onCluster("checkpoints", "rollback", "9", "--reason", "worse");

        assertThat(promoted.code()).isEqualTo(REFUSED);
        assertThat(promoted.err()).contains("9");
        assertThat(rolledBack.code()).isEqualTo(REFUSED);
    }

    @Test
    void shouldProvisionWhatIsMissing() throws Exception {
        delete(Topics.values());

        CommandRun run = onCluster("provision");

        assertThat(run.code()).isEqualTo(OK);
        assertThat(run.out()).contains(Topics.values().length + " topics and their schemas are in place.");
    }

    @Test
    void shouldRefuseATopicThatCannotWorkByName() throws Exception {
        delete(Topics.CHECKPOINTS_MANIFESTS);
        KAFKA.createTopic(Topics.CHECKPOINTS_MANIFESTS.topicName(), 1, Map.of("cleanup.policy", "delete"));

        CommandRun run = onCluster("provision");

        assertThat(run.code()).isEqualTo(REFUSED);
        assertThat(run.err()).contains(Topics.CHECKPOINTS_MANIFESTS.topicName());
    }

    private static CommandRun onCluster(String... arguments) {
        return CommandRun.onCluster(KAFKA, arguments);
    }

    private static FakeInference inference(Function<SpecificRecord, SpecificRecord> answer) {
        return new FakeInference(
                KAFKA.clientProperties(), "fake-inference", request -> List.of(Reply.committed(answer.apply(request))));
    }

    private static void delete(Topics... topics) throws Exception {
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            List<String> names = Stream.of(topics).map(Topics::topicName).toList();
            admin.deleteTopics(names).all().get(30, TimeUnit.SECONDS);
            Awaitility.await()
                    .until(() -> Collections.disjoint(admin.listTopics().names().get(30, TimeUnit.SECONDS), names));
        }
    }

    private static long ends(Topics topic) {
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(KAFKA.clientProperties(), new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            return consumer.endOffsets(partitions).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }

    private static List<CrawledPair> crawled() {
        AvroDeserializer<CrawledPair> deserializer = new AvroDeserializer<>(CrawledPair.class);
        deserializer.configure(KAFKA.clientProperties(), false);
        List<CrawledPair> pairs = new ArrayList<>();
        try (KafkaConsumer<String, CrawledPair> consumer =
                new KafkaConsumer<>(KAFKA.clientProperties(), new StringDeserializer(), deserializer)) {
            List<TopicPartition> partitions = consumer.partitionsFor(Topics.PAIRS_CRAWLED.topicName()).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream()
                    .anyMatch(one -> consumer.position(one) < Objects.requireNonNull(ends.get(one)))) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    assertThat(record.key()).isEqualTo(record.value().getPairId());
                    pairs.add(record.value());
                });
            }
        }
        return pairs;
    }
}
