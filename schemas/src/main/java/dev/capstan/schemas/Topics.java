package dev.capstan.schemas;

import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.FeedPosition;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.LocatedPair;
import dev.capstan.schemas.records.PairHash;
import dev.capstan.schemas.records.PostponedPair;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.schemas.records.RejectedRequest;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.Takedown;
import dev.capstan.schemas.records.TensorChunk;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * Every topic of Capstan: name, value, partitions, clean-up, retention and record size. Keys are UTF-8 strings.
 *
 * <p>Partition counts are defaults for one machine; topics that hold one log ({@link #isSinglePartition()}) always have
 * one partition, because their readers rely on total order.
 */
public enum Topics {
    /** Addresses of images with their texts, to be fetched. */
    PAIRS_LOCATED("pairs.located", LocatedPair.class, 4, Duration.ofDays(7), 1),
    /** Located pairs that wait for another attempt; as many partitions as {@link #PAIRS_LOCATED}. */
    PAIRS_LOCATED_RETRY("pairs.located.retry", PostponedPair.class, 4, Duration.ofDays(7), 2),
    /** How far each feed has come. */
    FEEDS_POSITIONS("feeds.positions", FeedPosition.class, true, 1),
    /** Fetched pairs, unchecked. */
    PAIRS_CRAWLED("pairs.crawled", CrawledPair.class, 4, Duration.ofDays(1), 4),
    /** Pairs that passed every rule but the model's, for the scorer; written only under a policy that wants a score. */
    PAIRS_UNSCORED("pairs.unscored", CuratedPair.class, 4, Duration.ofDays(1), 3),
    /** Pairs that passed curation. */
    PAIRS_CURATED("pairs.curated", CuratedPair.class, 4, Duration.ofDays(7), 2),
    /** Curated pairs that are never trained on. */
    PAIRS_HELDOUT("pairs.heldout", CuratedPair.class, 1, Duration.ofDays(30), 2),
    /** How admitted pairs look, for the refusal of near-duplicates; as long as the longest memory of them. */
    PAIRS_HASHES("pairs.hashes", PairHash.class, 4, Duration.ofDays(1), 1),
    /** Refusals with their reasons. */
    PAIRS_REJECTED("pairs.rejected", RejectedPair.class, 4, Duration.ofDays(7), 1),
    /** Pieces of tensors by digest. */
    CHECKPOINTS_TENSORS("checkpoints.tensors", TensorChunk.class, true, 2),
    /** Manifests by model and version. */
    CHECKPOINTS_MANIFESTS("checkpoints.manifests", CheckpointManifest.class, true, 8),
    /** Lineage by model and version, for ever. */
    CHECKPOINTS_LINEAGE("checkpoints.lineage", CheckpointLineage.class, true, 1),
    /** The live version by model. */
    CHECKPOINTS_LIVE("checkpoints.live", LiveVersion.class, true, 1),
    /** How each attempt to serve a version ended. */
    EVENTS_RELOADS("events.reloads", ReloadEvent.class, 1, Duration.ofDays(30), 1),
    /** Questions for labels. */
    REQUESTS_CLASSIFY("requests.classify", ClassifyRequest.class, 4, Duration.ofDays(1), 4),
    /** Questions for captions. */
    REQUESTS_CAPTION("requests.caption", CaptionRequest.class, 4, Duration.ofDays(1), 4),
    /** Answers with labels. */
    EVENTS_CLASSIFICATIONS("events.classifications", ClassificationEvent.class, 4, Duration.ofDays(7), 1),
    /** Answers with captions. */
    EVENTS_CAPTIONS("events.captions", CaptionEvent.class, 4, Duration.ofDays(7), 1),
    /** Requests that cannot be answered, with the reason. */
    REQUESTS_REJECTED("requests.rejected", RejectedRequest.class, 1, Duration.ofDays(7), 1),
    /** Named class lists. */
    LABELS_SETS("labels.sets", LabelSet.class, true, 1),
    /** What must not be shown or learnt from any more, by what it names. */
    TAKEDOWNS("takedowns", Takedown.class, true, 1);

    private static final int MEBIBYTE = 1024 * 1024;
    private static final int SEGMENTS_PER_RETENTION = 8;

    private final String topicName;
    private final Class<? extends SpecificRecord> valueType;
    private final int defaultPartitions;
    private final boolean compacted;
    private final Duration retention;
    private final int maxMessageBytes;

    Topics(
            String topicName,
            Class<? extends SpecificRecord> valueType,
            int defaultPartitions,
            Duration retention,
            int maxMessageMebibytes) {
        this.topicName = topicName;
        this.valueType = valueType;
        this.defaultPartitions = defaultPartitions;
        this.compacted = false;
        this.retention = retention;
        this.maxMessageBytes = maxMessageMebibytes * MEBIBYTE;
    }

    Topics(String topicName, Class<? extends SpecificRecord> valueType, boolean compacted, int maxMessageMebibytes) {
        if (!compacted) {
            throw new IllegalArgumentException(topicName + " has neither compaction nor a retention");
        }
        this.topicName = topicName;
        this.valueType = valueType;
        this.defaultPartitions = 1;
        this.compacted = true;
        this.retention = Duration.ZERO;
        this.maxMessageBytes = maxMessageMebibytes * MEBIBYTE;
    }

    public String topicName() {
        return topicName;
    }

    public Class<? extends SpecificRecord> valueType() {
        return valueType;
    }

    public int defaultPartitions() {
        return defaultPartitions;
    }

    /** Whether the newest record of a key is kept for ever, instead of every record for a time. */
    public boolean isCompacted() {
        return compacted;
    }

    /** Whether readers rely on the total order of one partition. */
    public boolean isSinglePartition() {
        return compacted;
    }

    /** How long records are kept; zero for compacted topics. */
    public Duration retention() {
        return retention;
    }

    /** Largest record in bytes, key and headers included. */
    public int maxMessageBytes() {
        return maxMessageBytes;
    }

    /** The registry's subject of the values. */
    public String subject() {
        return AvroSerializer.subject(topicName);
    }

    /** The schema of the values. */
    public Schema schema() {
        return SpecificData.get().getSchema(valueType);
    }

    /**
     * @throws IllegalArgumentException if no topic has this name
     */
    public static Topics byName(String topicName) {
        return Arrays.stream(values())
                .filter(topic -> topic.topicName.equals(topicName))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Capstan has no topic " + topicName));
    }

    /** Topic-level settings that Capstan relies on. */
    Map<String, String> configuration() {
        Map<String, String> configuration = new TreeMap<>();
        configuration.put("cleanup.policy", compacted ? "compact" : "delete");
        configuration.put("max.message.bytes", Integer.toString(maxMessageBytes));
        if (compacted) {
            configuration.put("segment.bytes", Integer.toString(64 * MEBIBYTE));
            configuration.put("min.cleanable.dirty.ratio", "0.2");
            configuration.put(
                    "max.compaction.lag.ms", Long.toString(Duration.ofHours(1).toMillis()));
        } else {
            configuration.put("retention.ms", Long.toString(retention.toMillis()));
            // A record leaves with its segment: without this it might stay for the broker's segment.ms longer, a week.
            configuration.put("segment.ms", Long.toString(retention.toMillis() / SEGMENTS_PER_RETENTION));
        }
        return configuration;
    }
}
