package dev.capstan.ingest;

import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.schemas.Topics;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How large a record each output topic takes. A record that is larger must be refused before it is sent: in a
 * transaction, a send that fails takes the whole transaction with it, and the same record would fail the next one.
 *
 * <p>The limits are read once. Should a topic's limit be lowered while the service runs, the first record that fails
 * {@linkplain #suspect teaches} a bound, and the tasks that start after it {@linkplain #refreshIfSuspect read} the limits
 * again. Thread-safe.
 */
final class RecordLimits {

    static final String RULE = "record-too-large";

    /** Kafka's own upper bound of what a batch and a record add to key and value. */
    static final int OVERHEAD_BYTES = 61 + 21;

    private static final Set<Topics> CANDIDATE_DESTINATIONS = Set.of(Topics.PAIRS_CURATED, Topics.PAIRS_HELDOUT);

    /** Asks the cluster for {@code max.message.bytes}. */
    @FunctionalInterface
    interface Source {
        Map<Topics, Integer> read();
    }

    private final Source source;
    private final int overheadBytes;
    private final Map<Topics, Integer> limits = new EnumMap<>(Topics.class);
    private final Map<Topics, Integer> learned = new EnumMap<>(Topics.class);
    private boolean suspect;

    RecordLimits(Source source) {
        this(source, 0);
    }

    /** @param headerBytes what headers add to every record, at most */
    RecordLimits(Source source, int headerBytes) {
        this.source = source;
        this.overheadBytes = OVERHEAD_BYTES + headerBytes;
        limits.putAll(source.read());
    }

    synchronized int limit(Topics topic) {
        Integer limit = limits.get(topic);
        if (limit == null) {
            throw new IllegalArgumentException("no limit is known for " + topic.topicName() + " among " + limits);
        }
        return Math.min(limit, learned.getOrDefault(topic, Integer.MAX_VALUE));
    }

    /** The largest of all limits. */
    synchronized int largest() {
        return limits.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
    }

    /** Why a record of this key and value cannot be written, or empty. */
    Optional<Refusal> refuse(Topics topic, byte[] key, byte[] value) {
        int limit = limit(topic);
        long size = (long) overheadBytes + key.length + value.length;
        if (size <= limit) {
            return Optional.empty();
        }
        return Optional.of(Refusal.of(
                RULE,
                (double) size,
                limit,
                "The record would take " + size + " bytes; " + topic.topicName() + " takes " + limit + "."));
    }

    /**
     * A record of this size was refused by the topic, so its limit must have changed.
     *
     * @param topicName an output topic, or the topic between the two halves of the topology
     */
    synchronized void suspect(String topicName, int keyBytes, int valueBytes) {
        suspect = true;
        int bound = overheadBytes + keyBytes + valueBytes - 1;
        Set<Topics> affected = CANDIDATE_DESTINATIONS;
        for (Topics topic : limits.keySet()) {
            if (topic.topicName().equals(topicName)) {
                affected = Set.of(topic);
            }
        }
        for (Topics topic : affected) {
            learned.merge(topic, bound, Math::min);
        }
    }

    /** Reads the limits again if one of them was found wrong. */
    synchronized void refreshIfSuspect() {
        if (suspect) {
            limits.putAll(source.read());
            suspect = false;
        }
    }
}
