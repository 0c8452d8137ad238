package dev.capstan.ingest;

import dev.capstan.ingest.concepts.ConceptCatalog;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.PairHash;
import dev.capstan.schemas.records.RejectedPair;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/**
 * Runs pairs through {@link IngestTopology} itself, under any policy and in this process: what the service would do with
 * them, every rule that it has, without a topic, a group or a transaction of it being touched. Kafka's own driver of
 * topologies runs it, one record at a time, as if {@code pairs.crawled} had one partition.
 *
 * <p>It begins without memory: what came before counts neither as a first copy nor for balance. State stores lie in a
 * directory of their own, within the service's memory bound, and are deleted at the end.
 *
 * <p>One thread owns it.
 */
public final class Rehearsal implements AutoCloseable {
    private static final int STATE_MEMORY_BYTES = 16 << 20;

    private final Path directory;
    private final BoundedStateMemory memory;
    private final TopologyTestDriver driver;
    private final TestInputTopic<byte[], byte[]> crawled;
    private final Map<Topics, TestInputTopic<byte[], byte[]>> tables = new HashMap<>();
    private final Map<String, TestOutputTopic<byte[], byte[]>> outputs = new HashMap<>();
    private final AvroDeserializer<RejectedPair> refusals = new AvroDeserializer<>(RejectedPair.class);
    private final AvroDeserializer<PairHash> hashes = new AvroDeserializer<>(PairHash.class);
    private final Optional<NearDuplicates> nearDuplicates;

    /** What becomes of a pair. */
    public sealed interface Fate {

        /** The rule that refuses it, or empty if it is kept. */
        Optional<String> rule();
    }

    /**
     * It is kept.
     *
     * @param destination {@code pairs.curated} or {@code pairs.heldout}
     * @param key the finished record's key
     * @param value the finished record in wire format
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    public record Kept(Topics destination, byte[] key, byte[] value) implements Fate {
        @Override
        public Optional<String> rule() {
            return Optional.empty();
        }
    }

    /** A rule refuses it. */
    public record Refused(String name) implements Fate {
        @Override
        public Optional<String> rule() {
            return Optional.of(name);
        }
    }

    /**
     * @param settings the registry is asked for schemas, the cluster for the size of records that the outputs take
     * @throws UncheckedIOException if no directory can be made
     */
    public Rehearsal(CurationPolicy policy, KafkaSettings settings, Clock clock) {
        this(
                policy,
                settings,
                clock,
                new RecordLimits(new TopicLimits(settings.clientProperties(), TopicLimits.OUTPUTS)));
    }

    Rehearsal(CurationPolicy policy, KafkaSettings settings, Clock clock, RecordLimits limits) {
        try {
            directory = Files.createTempDirectory("capstan-replay");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        refusals.configure(settings.clientProperties(), false);
        memory = new BoundedStateMemory(STATE_MEMORY_BYTES);
        hashes.configure(settings.clientProperties(), false);
        nearDuplicates = policy.nearDuplicates().isOff()
                ? Optional.empty()
                : Optional.of(new NearDuplicates(policy.nearDuplicates()));
        ConceptCatalog concepts = new ConceptCatalog(List.of());
        IngestParts parts = new IngestParts(
                policy,
                new Curator(policy, concepts, clock),
                concepts,
                limits,
                1,
                new IngestMetrics(new SimpleMeterRegistry()),
                clock,
                Patience.waiting(),
                new Takedowns(),
                nearDuplicates,
                Tracing.off(),
                settings.clientProperties());
        Properties properties = new Properties();
        properties.putAll(StreamsProperties.of(configuration(policy, settings), limits, memory));
        driver = new TopologyTestDriver(IngestTopology.build(parts), properties, clock.instant());
        crawled = input(Topics.PAIRS_CRAWLED);
        for (Topics table : List.of(Topics.LABELS_SETS, Topics.TAKEDOWNS)) {
            tables.put(table, input(table));
        }
    }

    /**
     * Takes over a record of {@code labels.sets} or {@code takedowns}. Before the first pair, as when the service starts.
     *
     * @param value null for a tombstone
     */
    public void know(Topics table, byte[] key, byte @Nullable [] value) {
        Objects.requireNonNull(tables.get(table), table.topicName()).pipeInput(key, value);
    }

    /**
     * Says what becomes of a record of {@code pairs.crawled}.
     *
     * @param timestamp the record's own, epoch milliseconds
     */
    public Fate examine(byte @Nullable [] key, byte @Nullable [] value, long timestamp) {
        crawled.pipeInput(key, value, timestamp);
        Fate fate = null;
        // Everything that was written is taken out, changelogs as well: the driver would keep it for ever.
        for (String topic : driver.producedTopicNames()) {
            for (TestRecord<byte[], byte[]> written :
                    outputs.computeIfAbsent(topic, this::output).readRecordsToList()) {
                learn(topic, written);
                Fate said = fate(topic, written);
                fate = said == null ? fate : said;
            }
        }
        if (fate == null) {
            throw new IllegalStateException("every crawled record becomes exactly one record; this one became none");
        }
        return fate;
    }

    @Override
    public void close() {
        driver.close();
        memory.close();
        refusals.close();
        hashes.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In place of the follower of the service. */
    private void learn(String topic, TestRecord<byte[], byte[]> written) {
        if (nearDuplicates.isPresent() && topic.equals(Topics.PAIRS_HASHES.topicName())) {
            nearDuplicates
                    .get()
                    .learn(
                            Objects.requireNonNull(hashes.deserialize(topic, written.value())),
                            Objects.requireNonNull(written.timestamp()));
        }
    }

    private @Nullable Fate fate(String topic, TestRecord<byte[], byte[]> written) {
        if (topic.equals(Topics.PAIRS_REJECTED.topicName())) {
            RejectedPair refusal = refusals.deserialize(topic, written.value());
            return new Refused(Objects.requireNonNull(refusal).getRule());
        }
        for (Topics kept : List.of(Topics.PAIRS_CURATED, Topics.PAIRS_HELDOUT)) {
            if (topic.equals(kept.topicName())) {
                return new Kept(kept, written.key(), written.value());
            }
        }
        return null;
    }

    private TestInputTopic<byte[], byte[]> input(Topics topic) {
        return driver.createInputTopic(topic.topicName(), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private TestOutputTopic<byte[], byte[]> output(String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private IngestConfig configuration(CurationPolicy policy, KafkaSettings settings) {
        return new IngestConfig(
                settings,
                policy,
                List.of(),
                new IngestConfig.StreamSettings(
                        "capstan-replay",
                        directory,
                        1,
                        Duration.ofMillis(100),
                        Duration.ofSeconds(6),
                        Duration.ofMillis(1500),
                        Duration.ofSeconds(6),
                        0,
                        1,
                        STATE_MEMORY_BYTES,
                        false));
    }
}
