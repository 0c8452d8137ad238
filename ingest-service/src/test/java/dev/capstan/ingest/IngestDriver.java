package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.concepts.ConceptCatalog;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.schemas.records.PairHash;
import dev.capstan.schemas.records.RejectedPair;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/** The topology without a broker, at a clock that stands still unless it is advanced. */
final class IngestDriver implements AutoCloseable {
    static final Instant NOW = Instant.parse("2026-01-02T03:05:00Z");

    private final Map<String, Object> clientProperties = Map.of("schema.registry.url", "mock://" + UUID.randomUUID());
    private final CurationPolicy policy;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Map<Topics, Integer> limits = new EnumMap<>(Topics.class);
    private final RecordLimits recordLimits;
    private final TopologyTestDriver driver;
    private final BoundedStateMemory memory = new BoundedStateMemory(4 << 20);
    private final Path stateDirectory;
    private final TestInputTopic<String, byte[]> crawled;
    private final TestInputTopic<String, byte[]> labelSets;
    private final TestInputTopic<String, byte[]> takedowns;
    private final TestOutputTopic<String, CuratedPair> curated;
    private final TestOutputTopic<String, CuratedPair> heldout;
    private final TestOutputTopic<String, RejectedPair> rejected;
    private final TestOutputTopic<String, PairHash> hashes;
    private final TestOutputTopic<String, CuratedPair> unscored;
    private Instant now = NOW;

    IngestDriver() {
        this(CurationPolicy.defaults());
    }

    IngestDriver(CurationPolicy policy) {
        this(policy, Tracing.off());
    }

    IngestDriver(CurationPolicy policy, Tracing tracing) {
        this.policy = policy;
        try {
            stateDirectory = Files.createTempDirectory("capstan-ingest-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (Topics topic : TopicLimits.OUTPUTS) {
            limits.put(topic, topic.maxMessageBytes());
        }
        recordLimits = new RecordLimits(() -> limits);
        Clock clock = new SettableClock();
        ConceptCatalog concepts = new ConceptCatalog(List.of());
        IngestParts parts = new IngestParts(
                policy,
                new Curator(policy, concepts, clock),
                concepts,
                recordLimits,
                1,
                new IngestMetrics(meters),
                clock,
                new Patience(pause -> {}),
                new Takedowns(),
                nearDuplicates(policy),
                tracing,
                clientProperties);
        Map<String, Object> settings =
                StreamsProperties.of(TestConfig.withStateDirectory(stateDirectory), recordLimits, memory);
        Properties properties = new Properties();
        properties.putAll(settings);
        driver = new TopologyTestDriver(IngestTopology.build(parts), properties, NOW);
        crawled = driver.createInputTopic(
                Topics.PAIRS_CRAWLED.topicName(), new StringSerializer(), new ByteArraySerializer());
        labelSets = driver.createInputTopic(
                Topics.LABELS_SETS.topicName(), new StringSerializer(), new ByteArraySerializer());
        takedowns = driver.createInputTopic(
                Topics.TAKEDOWNS.topicName(), new StringSerializer(), new ByteArraySerializer());
        curated = output(Topics.PAIRS_CURATED, CuratedPair.class);
        heldout = output(Topics.PAIRS_HELDOUT, CuratedPair.class);
        rejected = output(Topics.PAIRS_REJECTED, RejectedPair.class);
        unscored = output(Topics.PAIRS_UNSCORED, CuratedPair.class);
        hashes = output(Topics.PAIRS_HASHES, PairHash.class);
    }

    private static Optional<NearDuplicates> nearDuplicates(CurationPolicy policy) {
        return policy.nearDuplicates().isOff()
                ? Optional.empty()
                : Optional.of(new NearDuplicates(policy.nearDuplicates()));
    }

    CurationPolicy policy() {
        return policy;
    }

    void limit(Topics topic, int bytes) {
        limits.put(topic, bytes);
        recordLimits.suspect(topic.topicName(), bytes, 0);
        recordLimits.refreshIfSuspect();
    }

    void advance(Duration duration) {
        now = now.plus(duration);
    }

    void crawl(CrawledPair pair) {
        crawlAt(pair, now.toEpochMilli());
    }

    void crawlAt(CrawledPair pair, long timestamp) {
        crawled.pipeInput(pair.getPairId(), bytes(pair), timestamp);
    }

    void crawl(CrawledPair pair, Headers headers) {
        crawled.pipeInput(new TestRecord<>(pair.getPairId(), bytes(pair), headers, now.toEpochMilli()));
    }

    void crawlBytes(byte[] value) {
        crawled.pipeInput("poison", value, now);
    }

    void crawlNothing() {
        crawled.pipeInput("poison", null, now.toEpochMilli());
    }

    static LabelSet labelSet(String name, String... labels) {
        return new LabelSet(name, List.of(labels), List.of("{}"));
    }

    void publish(LabelSet set) {
        labelSets.pipeInput(set.getName(), bytes(Topics.LABELS_SETS, set));
    }

    void removeLabelSet(String name) {
        labelSets.pipeInput(name, null);
    }

    void takeDown(String key) {
        takedowns.pipeInput(key, new byte[] {1});
    }

    void liftTakedown(String key) {
        takedowns.pipeInput(key, null);
    }

    void publishBytes(String name, byte[] value) {
        labelSets.pipeInput(name, value);
    }

    byte[] bytes(CrawledPair pair) {
        return bytes(Topics.PAIRS_CRAWLED, pair);
    }

    <T extends SpecificRecord> byte[] bytes(Topics topic, T record) {
        try (AvroSerializer<T> serializer = new AvroSerializer<>()) {
            serializer.configure(clientProperties, false);
            byte[] bytes = serializer.serialize(topic.topicName(), record);
            if (bytes == null) {
                throw new IllegalStateException("no bytes for " + record);
            }
            return bytes;
        }
    }

    TestRecord<String, CuratedPair> onlyCurated() {
        List<TestRecord<String, CuratedPair>> all = Stream.concat(
                        curated.readRecordsToList().stream(), heldout.readRecordsToList().stream())
                .toList();
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    List<CuratedPair> curated() {
        return curated.readValuesToList();
    }

    List<CuratedPair> heldout() {
        return heldout.readValuesToList();
    }

    Map<String, List<String>> conceptsByPair() {
        Map<String, List<String>> concepts = new HashMap<>();
        Stream.concat(curated().stream(), heldout().stream())
                .forEach(pair -> concepts.put(pair.getPairId(), pair.getConcepts()));
        return concepts;
    }

    RejectedPair onlyRejected() {
        List<RejectedPair> all = rejected();
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    List<RejectedPair> rejected() {
        return rejected.readValuesToList();
    }

    List<TestRecord<String, CuratedPair>> unscored() {
        return unscored.readRecordsToList();
    }

    List<PairHash> hashes() {
        return hashes.readValuesToList();
    }

    List<TestRecord<String, RejectedPair>> rejectedRecords() {
        return rejected.readRecordsToList();
    }

    SimpleMeterRegistry meters() {
        return meters;
    }

    double count(String name, String... tags) {
        Counter counter = meters.find(name).tags(tags).counter();
        return counter == null ? 0 : counter.count();
    }

    @Override
    public void close() {
        driver.close();
        memory.close();
        try (Stream<Path> files = Files.walk(stateDirectory)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <T extends SpecificRecord> TestOutputTopic<String, T> output(Topics topic, Class<T> type) {
        AvroDeserializer<T> values = new AvroDeserializer<>(type);
        values.configure(clientProperties, false);
        return driver.createOutputTopic(topic.topicName(), new StringDeserializer(), values);
    }

    private final class SettableClock extends Clock {
        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
