package dev.capstan.ingest;

import dev.capstan.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Branched;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * The topology of curation, in two halves:
 *
 * <pre>
 * pairs.crawled ─ examine ─┬─ candidates (repartitioned by content) ─ admit ─┬─ pairs.curated
 *                          │                                                 ├─ pairs.heldout
 *                          └─────────────────────────────────────────────────┴─ pairs.rejected
 * </pre>
 *
 * Every record of {@code pairs.crawled} becomes exactly one record of the other three. Names of nodes, stores and
 * internal topics are given, so that a change of the topology does not rename them.
 */
final class IngestTopology {

    /** Part of the name of the topic between the halves. */
    static final String CANDIDATES = "candidates";

    private static final String CANDIDATE_BRANCH = "candidate";
    private static final String REFUSED_BRANCH = "refused";

    private IngestTopology() {}

    static Topology build(IngestParts parts) {
        Serde<byte[]> bytes = Serdes.ByteArray();
        StreamsBuilder builder = new StreamsBuilder();
        builder.addGlobalStore(
                Stores.keyValueStoreBuilder(
                                Stores.inMemoryKeyValueStore(LabelSetProcessor.STORE), Serdes.Bytes(), bytes)
                        .withLoggingDisabled(),
                Topics.LABELS_SETS.topicName(),
                Consumed.with(Serdes.Bytes(), bytes).withName("label-sets-source"),
                () -> new LabelSetProcessor(parts));
        builder.addGlobalStore(
                Stores.keyValueStoreBuilder(
                                Stores.inMemoryKeyValueStore(TakedownProcessor.STORE), Serdes.Bytes(), bytes)
                        .withLoggingDisabled(),
                Topics.TAKEDOWNS.topicName(),
                Consumed.with(Serdes.Bytes(), bytes).withName("takedowns-source"),
                () -> new TakedownProcessor(parts.takedowns()));
        List<String> stores = new ArrayList<>(List.of(AdmitProcessor.STORE));
        if (parts.policy().balance().concepts().isPresent()) {
            stores.add(StoredCounts.STORE);
            builder.addStateStore(counts(StoredCounts.STORE));
        }
        if (!parts.policy().boilerplate().isOff()) {
            stores.add(TextCounts.STORE);
            builder.addStateStore(counts(TextCounts.STORE));
        }
        builder.addStateStore(admitted(parts.policy().duplicateRetention()));

        Map<String, KStream<byte[], Examined>> examined = builder.stream(
                        Topics.PAIRS_CRAWLED.topicName(),
                        Consumed.with(bytes, bytes)
                                .withTimestampExtractor(new CrawlTimestamp(parts.clock()))
                                .withName("crawled"))
                .process(() -> new ExamineProcessor(parts), Named.as("examine"))
                .split(Named.as("examined-"))
                .branch((key, value) -> value instanceof Candidate, Branched.as(CANDIDATE_BRANCH))
                .defaultBranch(Branched.as(REFUSED_BRANCH));
        KStream<byte[], Routed> refused =
                branch(examined, REFUSED_BRANCH).mapValues(Routed.class::cast, Named.as("refused"));
        KStream<byte[], Routed> admitted = branch(examined, CANDIDATE_BRANCH)
                .mapValues(Candidate.class::cast, Named.as("candidate"))
                .repartition(Repartitioned.with(bytes, Candidate.serde()).withName(CANDIDATES))
                .process(() -> new AdmitProcessor(parts), Named.as("admit"), stores.toArray(String[]::new));
        Produced<byte[], Routed> output = Produced.with(bytes, Routed.serde());
        refused.to(Topics.PAIRS_REJECTED.topicName(), output.withName("rejected"));
        admitted.to(
                (key, routed, context) -> routed.destination().topicName(),
                Produced.with(bytes, Routed.serde()).withName("judged"));
        return builder.build();
    }

    /** Remembers for a time which pairs were admitted: one entry of about 60 bytes a pair, on disk. */
    private static StoreBuilder<WindowStore<byte[], byte[]>> admitted(Duration retention) {
        return Stores.windowStoreBuilder(
                        Stores.persistentWindowStore(AdmitProcessor.STORE, retention, retention, false),
                        Serdes.ByteArray(),
                        Serdes.ByteArray())
                .withCachingDisabled();
    }

    private static StoreBuilder<KeyValueStore<Bytes, byte[]>> counts(String name) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
                .withCachingDisabled();
    }

    private static KStream<byte[], Examined> branch(Map<String, KStream<byte[], Examined>> branches, String name) {
        KStream<byte[], Examined> branch = branches.get("examined-" + name);
        if (branch == null) {
            throw new IllegalStateException("no branch " + name + " among " + branches.keySet());
        }
        return branch;
    }
}
