package dev.capstan.local.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PairIds;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.FeedPosition;
import dev.capstan.schemas.records.LocatedPair;
import dev.capstan.testing.KafkaExtension;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Feeds against a real broker: once each, whatever happens to the process. */
class FeedRunTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    @TempDir
    private Path temporary;

    private Path directory;
    private final List<String> passedOver = new ArrayList<>();
    private final List<String> waiting = new ArrayList<>();

    /** The process ends here. */
    private static final class Killed extends Error {}

    @BeforeEach
    void makeTopics() throws IOException {
        directory = temporary.toRealPath();
        KAFKA.recreateTopics();
    }

    @Test
    void shouldWriteEachPairOnceThoughItIsKilledAgainAndAgain() throws Exception {
        StringBuilder table = new StringBuilder("url,text\n");
        for (int row = 0; row < 150; row++) {
            table.append(
                    row % 5 == 0 ? "no address,broken\n" : "https://h" + row % 7 + ".example.org/" + row + ",text\n");
        }
        Sources.write(directory.resolve("a.csv"), table.toString());
        Object[] entries = new Object[300];
        for (int example = 0; example < 75; example++) {
            entries[4 * example] = example + ".png";
            entries[4 * example + 1] = new byte[] {(byte) example};
            entries[4 * example + 2] = example % 5 == 0 ? example + ".md" : example + ".txt";
            entries[4 * example + 3] = "text " + example;
        }
        Files.write(directory.resolve("b.tar.gz"), Sources.gzip(Sources.tar(entries)));
        RandomGenerator random = new SplittableRandom(7);
        List<FeedRun> killed = new ArrayList<>();
        Optional<FeedCounts> counts = Optional.empty();
        while (counts.isEmpty()) {
            AtomicLong left = new AtomicLong(random.nextInt(1, 12));
            FeedRun run = new FeedRun(
                    settings(),
                    plan(directory),
                    new Recorder() {
                        @Override
                        public void passedOver(Found.PassedOver problem) {
                            if (left.decrementAndGet() == 0) {
                                throw new Killed();
                            }
                        }
                    },
                    Clock.systemUTC(),
                    fastTime(),
                    duration -> {});
            try {
                counts = Optional.of(run.run());
                run.close();
            } catch (Killed e) {
                // Its producer stays as a killed process leaves it: with an open transaction.
                killed.add(run);
            }
        }

        assertThat(killed).hasSizeGreaterThan(4);
        assertThat(counts.orElseThrow())
                .isEqualTo(new FeedCounts(60, 120, Map.of("address-unusable", 30L, "no-text", 15L)));
        assertThat(read(Topics.PAIRS_CRAWLED, CrawledPair.class).stream().map(ConsumerRecord::key))
                .hasSize(60)
                .doesNotHaveDuplicates();
        assertThat(read(Topics.PAIRS_LOCATED, LocatedPair.class).stream()
                        .map(record -> record.value().getUrl()))
                .hasSize(120)
                .doesNotHaveDuplicates();
        killed.forEach(FeedRun::close);
    }

    @Test
    void shouldWriteWhatTheTopicsSayAPairLooksLike() throws Exception {
        Sources.write(directory.resolve("a.csv"), "url,text\nhttps://EXAMPLE.org/a.jpg,a cat\n");
        Files.write(directory.resolve("b.png"), new byte[] {1, 2});
        Sources.write(directory.resolve("b.json"), "{\"text\": \"a fox\", \"url\": \"https://example.org/b.png\"}");

        FeedCounts counts = feed(plan(directory));

        assertThat(counts).isEqualTo(new FeedCounts(1, 1, Map.of()));
        assertThat(read(Topics.PAIRS_LOCATED, LocatedPair.class))
                .singleElement()
                .satisfies(record -> assertThat(record.key()).isEqualTo("example.org"))
                .satisfies(record -> assertThat(record.value())
                        .returns("https://EXAMPLE.org/a.jpg", LocatedPair::getUrl)
                        .returns("a cat", LocatedPair::getText)
                        .returns("tests", LocatedPair::getSource));
        String id = PairIds.of(Optional.of("https://example.org/b.png"), new byte[0], "a fox");
        assertThat(read(Topics.PAIRS_CRAWLED, CrawledPair.class))
                .singleElement()
                .satisfies(record -> assertThat(record.key()).isEqualTo(id))
                .satisfies(record -> assertThat(record.value()).returns(id, CrawledPair::getPairId));
    }

    @Test
    void shouldFeedOnlyWhatWasAddedSince() throws Exception {
        Path table = Sources.write(directory.resolve("a.csv"), "url,text\nhttps://example.org/1,one\n");
        feed(plan(table));
        Files.writeString(table, "https://example.org/2,two\n", StandardOpenOption.APPEND);

        FeedCounts counts = feed(plan(table));

        assertThat(counts.addresses()).isEqualTo(2);
        assertThat(read(Topics.PAIRS_LOCATED, LocatedPair.class).stream()
                        .map(record -> record.value().getText()))
                .containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void shouldRefuseToGoOnInAFileThatWasReplaced() throws Exception {
        Path table = Sources.write(directory.resolve("a.csv"), "url,text\nhttps://example.org/1,one\n");
        feed(plan(table));
        Sources.write(table, "url,text\nhttps://example.org/2,two\n");

        assertThatThrownBy(() -> feed(plan(table)))
                .isInstanceOf(FeedException.class)
                .hasMessageContaining("is not the file any more")
                .hasMessageContaining("--restart");
        assertThat(feed(restarted(plan(table))).addresses()).isEqualTo(1);
        assertThat(read(Topics.PAIRS_LOCATED, LocatedPair.class)).hasSize(2);
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "a file that gives an input error at once is needed")
    void shouldStopWhereTheDiskFailsAndNotPassOverTheFile() throws Exception {
        Path table = Files.createSymbolicLink(directory.resolve("table.csv"), Path.of("/proc/self/mem"));

        assertThatThrownBy(() -> feed(plan(table)))
                .isInstanceOfSatisfying(
                        FeedException.class,
                        failure -> assertThat(failure.isRefused()).isFalse())
                .hasMessageContaining("table.csv could not be read: Input/output error");
    }

    @Test
    void shouldStopWhereAnotherProcessFeedsTheSame() throws Exception {
        Path table = Sources.write(directory.resolve("a.csv"), "url,text\nhttps://example.org/1,one\n");
        try (FeedRun first = run(plan(table), duration -> {});
                FeedRun second = run(plan(table), duration -> {})) {
            assertThatThrownBy(first::run)
                    .isInstanceOf(FeedException.class)
                    .hasMessageContaining("Another process feeds the same");
            assertThat(second.run().addresses()).isEqualTo(1);
        }
        assertThat(read(Topics.PAIRS_LOCATED, LocatedPair.class)).hasSize(1);
    }

    @Test
    void shouldWaitWhileFetchIsBehind() throws Exception {
        Path earlier = Sources.write(directory.resolve("earlier.csv"), rows("earlier", 6));
        feed(plan(earlier));
        Path later = Sources.write(directory.resolve("later.csv"), rows("later", 3));
        AtomicLong pauses = new AtomicLong();
        FeedPlan patient =
                new FeedPlan(later, "tests", FeedSettings.defaults(), 0, OptionalLong.of(5), "ingest", "fetch", false);

        try (FeedRun run = run(patient, duration -> {
            if (pauses.incrementAndGet() == 3) {
                assertThat(read(Topics.PAIRS_LOCATED, LocatedPair.class)).hasSize(6);
                catchUp("fetch");
            }
        })) {
            assertThat(run.run().addresses()).isEqualTo(3);
        }

        assertThat(waiting).containsExactly("fetch is 7 records of pairs.located behind, more than 5");
        assertThat(read(Topics.PAIRS_LOCATED, LocatedPair.class)).hasSize(9);
    }

    @Test
    void shouldPassOverWhatItsTopicDoesNotTake() throws Exception {
        StringBuilder manyBytes = new StringBuilder();
        for (int index = 0; index < 60; index++) {
            manyBytes.append("word ".repeat(200));
        }
        Sources.write(directory.resolve("a.txt"), manyBytes.toString());
        Files.write(directory.resolve("a.png"), new byte[4_150_000]);
        Sources.write(directory.resolve("b.txt"), "a cat");
        Files.write(directory.resolve("b.png"), new byte[] {1});
        FeedSettings generous = new FeedSettings(
                Columns.defaults(), List.of(PageText.ALT), new FeedLimits(4_190_000, 64 * 1024, 1024 * 1024));

        FeedCounts counts =
                feed(new FeedPlan(directory, "tests", generous, 0, OptionalLong.empty(), "ingest", "fetch", false));

        assertThat(counts).isEqualTo(new FeedCounts(1, 0, Map.of("too-large", 1L)));
        assertThat(passedOver).singleElement().asString().contains("a.png at 0", "pairs.crawled takes 4194304");
        assertThat(read(Topics.PAIRS_CRAWLED, CrawledPair.class)).hasSize(1);
    }

    @Test
    void shouldFeedWhatIsMovedIntoAWatchedDirectory() throws Exception {
        Path spool = Files.createDirectory(directory.resolve("spool"));
        arrive(spool, "1", "one");
        Files.write(spool.resolve("alone.png"), new byte[] {9});
        AtomicLong looks = new AtomicLong();

        FeedCounts counts = watch(
                plan(spool),
                duration -> {
                    if (looks.incrementAndGet() == 1) {
                        arrive(spool, "2", "two");
                        Sources.write(spool.resolve("table.csv"), rows("row", 3));
                    }
                },
                looks);

        assertThat(counts).isEqualTo(new FeedCounts(2, 3, Map.of()));
        assertThat(read(Topics.PAIRS_CRAWLED, CrawledPair.class).stream()
                        .map(record -> record.value().getText()))
                .containsExactlyInAnyOrder("one", "two");
        assertThat(spool.toFile().list())
                .as("a picture waits for its text")
                .containsExactlyInAnyOrder(".fed", "alone.png");
        assertThat(spool.resolve(".fed").toFile().list())
                .containsExactlyInAnyOrder("1.png", "1.txt", "2.png", "2.txt", "table.csv");
    }

    @Test
    void shouldNotFeedAgainWhatAKilledProcessHadCommitted() throws Exception {
        Path spool = Files.createDirectory(directory.resolve("spool"));
        for (int picture = 0; picture < 30; picture++) {
            arrive(spool, "p" + picture, "text " + picture);
        }
        Sources.write(spool.resolve("a.csv"), rows("row", 40));
        List<FeedRun> killed = new ArrayList<>();
        RandomGenerator random = new SplittableRandom(3);
        AtomicLong looks = new AtomicLong();
        while (looks.get() == 0) {
            AtomicLong left = new AtomicLong(random.nextInt(1, 3));
            FeedRun run = new FeedRun(
                    settings(),
                    plan(spool),
                    new Recorder() {
                        @Override
                        public void committed(FeedCounts counts, String at) {
                            if (left.decrementAndGet() == 0) {
                                throw new Killed();
                            }
                        }
                    },
                    Clock.systemUTC(),
                    fastTime(),
                    duration -> looks.incrementAndGet());
            killed.add(run);
            try {
                assertThat(run.watch(() -> looks.get() > 0).images()).isEqualTo(30);
            } catch (Killed e) {
                assertThat(looks).hasValue(0);
            }
        }

        assertThat(killed).hasSizeGreaterThan(4);
        assertThat(read(Topics.PAIRS_CRAWLED, CrawledPair.class).stream().map(ConsumerRecord::key))
                .hasSize(30)
                .doesNotHaveDuplicates();
        assertThat(read(Topics.PAIRS_LOCATED, LocatedPair.class).stream()
                        .map(record -> record.value().getUrl()))
                .hasSize(40)
                .doesNotHaveDuplicates();
        killed.forEach(FeedRun::close);
    }

    @Test
    void shouldFeedAFileThatCameUnderTheNameOfOneThatWasBeingRead() throws Exception {
        Path spool = Files.createDirectory(directory.resolve("spool"));
        Path table = spool.resolve("table.csv");
        Path newer = directory.resolve("newer.csv");
        Sources.write(table, rows("old", 2) + "nonsense,text\n");
        Sources.write(newer, rows("new", 3));
        AtomicLong looks = new AtomicLong();
        Recorder replacing = new Recorder() {
            @Override
            public void passedOver(Found.PassedOver problem) {
                try {
                    Files.move(newer, table, StandardCopyOption.REPLACE_EXISTING);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };

        try (FeedRun run = new FeedRun(
                settings(),
                plan(spool),
                replacing,
                Clock.systemUTC(),
                System::nanoTime,
                duration -> looks.incrementAndGet())) {
            run.watch(() -> looks.get() > 3);
        }

        assertThat(read(Topics.PAIRS_LOCATED, LocatedPair.class).stream()
                        .map(record -> record.value().getUrl().replaceAll(".*/", "")))
                .containsExactlyInAnyOrder("old0", "old1", "new0", "new1", "new2");
    }

    @Test
    void shouldMoveWhatWasCommittedButNotMoved() throws Exception {
        Path spool = Files.createDirectory(directory.resolve("spool"));
        arrive(spool, "old", "one");
        arrive(spool, "same", "two");
        List<String> entries = List.of(
                Arrival.of(spool.resolve("old.png")).toString(),
                Arrival.of(spool.resolve("same.png")).toString() + "x",
                "no entry",
                "1/2/../../escape.png");
        try (FeedLog log = new FeedLog(settings(), FeedRun.key(plan(spool)), 1 << 20)) {
            log.commit(new FeedPosition(
                    "tests", spool.toString(), "", 0L, 0L, "", 1L, 0L, Map.of(), false, entries, Instant.EPOCH));
        }
        AtomicLong looks = new AtomicLong();

        watch(plan(spool), duration -> looks.incrementAndGet(), looks);

        assertThat(read(Topics.PAIRS_CRAWLED, CrawledPair.class).stream()
                        .map(record -> record.value().getText()))
                .containsExactly("two");
        assertThat(spool.resolve(".fed/old.png")).exists();
    }

    /** A directory that is written to as the contract says: elsewhere first, then moved in. */
    private static void arrive(Path spool, String name, String text) {
        try {
            Path elsewhere = Files.createTempDirectory(spool.getParent(), "writing");
            Files.writeString(elsewhere.resolve("x.txt"), text);
            Files.write(elsewhere.resolve("x.png"), name.getBytes(StandardCharsets.UTF_8));
            Files.move(elsewhere.resolve("x.txt"), spool.resolve(name + ".txt"));
            Files.move(elsewhere.resolve("x.png"), spool.resolve(name + ".png"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Watches until nothing came for a while. */
    private FeedCounts watch(FeedPlan plan, Arriving pause, AtomicLong looks) throws InterruptedException {
        try (FeedRun run = run(plan, duration -> {
            try {
                pause.pass(duration);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        })) {
            return run.watch(() -> looks.get() > 3);
        }
    }

    /** What happens while a watched directory is empty. */
    private interface Arriving {
        void pass(Duration duration) throws IOException;
    }

    private static String rows(String word, int count) {
        StringBuilder rows = new StringBuilder("url,text\n");
        for (int row = 0; row < count; row++) {
            rows.append("https://example.org/").append(word).append(row).append(",text\n");
        }
        return rows.toString();
    }

    private FeedCounts feed(FeedPlan plan) throws InterruptedException {
        try (FeedRun run = run(plan, duration -> {})) {
            return run.run();
        }
    }

    private FeedRun run(FeedPlan plan, FeedRun.Pause pause) {
        return new FeedRun(settings(), plan, new Recorder(), Clock.systemUTC(), System::nanoTime, pause);
    }

    private static FeedPlan plan(Path source) {
        return new FeedPlan(
                source, "tests", FeedSettings.defaults(), 0, OptionalLong.empty(), "ingest", "fetch", false);
    }

    private static FeedPlan restarted(FeedPlan plan) {
        return new FeedPlan(
                plan.source(), plan.name(), plan.settings(), 0, OptionalLong.empty(), "ingest", "fetch", true);
    }

    private static KafkaSettings settings() {
        return new KafkaSettings(KAFKA.bootstrapServers(), KAFKA.registryUrl(), Map.of());
    }

    /** Every look at it is a tenth of a second later, so that transactions are short. */
    private static LongSupplier fastTime() {
        AtomicLong time = new AtomicLong();
        return () -> time.addAndGet(TimeUnit.MILLISECONDS.toNanos(100));
    }

    /** Lets a group have read everything. */
    private static void catchUp(String group) {
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            for (int partition = 0; partition < Topics.PAIRS_LOCATED.defaultPartitions(); partition++) {
                offsets.put(
                        new TopicPartition(Topics.PAIRS_LOCATED.topicName(), partition), new OffsetAndMetadata(1_000));
            }
            admin.alterConsumerGroupOffsets(group, offsets).all().get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T extends SpecificRecord> List<ConsumerRecord<String, T>> read(Topics topic, Class<T> type) {
        AvroDeserializer<T> deserializer = new AvroDeserializer<>(type);
        deserializer.configure(KAFKA.clientProperties(), false);
        Map<String, Object> properties = new HashMap<>(KAFKA.clientProperties());
        properties.put("isolation.level", "read_committed");
        List<ConsumerRecord<String, T>> records = new ArrayList<>();
        try (KafkaConsumer<String, T> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), deserializer)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream()
                    .anyMatch(one -> consumer.position(one) < Objects.requireNonNull(ends.get(one)))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }

    private class Recorder implements FeedListener {
        @Override
        public void passedOver(Found.PassedOver problem) {
            passedOver.add(problem.detail());
        }

        @Override
        public void committed(FeedCounts counts, String at) {
            assertThat(at).contains(" at ");
        }

        @Override
        public void waiting(String why) {
            waiting.add(why);
        }
    }
}
