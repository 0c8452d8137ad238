package dev.capstan.local.audit;

import dev.capstan.checkpoints.CommittedPairs;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.schemas.records.Shard;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which version learnt from each curated pair first, and when a version that holds it was first served. Keeps one bit an
 * offset of pairs.curated. Not thread-safe.
 */
final class TrainedPairs implements CommittedPairs {
    private record Owner(long lastOffset, long version) {}

    /** Which offsets of one partition hold a pair, counted from the first that does. */
    private record Offsets(long first, BitSet fromFirst) {
        void add(long offset) {
            fromFirst.set(Math.toIntExact(offset - first));
        }

        long count(long from, long to) {
            return fromFirst
                    .get(Math.toIntExact(from - first), Math.toIntExact(to - first))
                    .cardinality();
        }
    }

    private final Map<Integer, TreeMap<Long, Owner>> owners = new HashMap<>();
    private final Map<Integer, Offsets> present = new HashMap<>();
    private final Map<Long, Instant> servedAt = new HashMap<>();
    private final Percentiles freshness = new Percentiles();
    private long trained;
    private long unserved;

    /**
     * @param lineage every version, ascending
     * @param reloads every reload
     */
    TrainedPairs(List<CheckpointLineage> lineage, Collection<ReloadEvent> reloads) {
        Map<Long, Long> parents = new HashMap<>();
        for (CheckpointLineage version : lineage) {
            if (version.getParent() != null) {
                parents.put(version.getVersion(), version.getParent());
            }
            for (Shard shard : version.getShards()) {
                // The version that learnt first stays the owner where a fork trained the shard again.
                owners.computeIfAbsent(shard.getPartition(), partition -> new TreeMap<>())
                        .putIfAbsent(shard.getFirstOffset(), new Owner(shard.getLastOffset(), version.getVersion()));
            }
        }
        for (ReloadEvent reload : reloads) {
            if (reload.getOutcome() == ReloadOutcome.SERVING) {
                serve(reload.getVersion(), reload.getFinishedAt(), parents);
            }
        }
    }

    /** What a version learnt, its ancestors had learnt or it did itself: all of them are served from now on. */
    private void serve(long version, Instant when, Map<Long, Long> parents) {
        Long next = version;
        while (next != null) {
            Instant known = servedAt.get(next);
            if (known == null || when.isBefore(known)) {
                servedAt.put(next, when);
            }
            Long parent = parents.get(next);
            next = parent != null && parent < next ? parent : null;
        }
    }

    /** Takes a record of pairs.curated. */
    void curated(int partition, long offset, Instant crawledAt) {
        present.computeIfAbsent(partition, any -> new Offsets(offset, new BitSet()))
                .add(offset);
        Long version = ownerOf(partition, offset);
        if (version == null) {
            return;
        }
        trained++;
        Instant served = servedAt.get(version);
        if (served == null) {
            unserved++;
            return;
        }
        freshness.add(Duration.between(crawledAt, served).toMillis());
    }

    long trained() {
        return trained;
    }

    Report.Freshness freshness() {
        return new Report.Freshness(seconds(freshness.at(0.5)), seconds(freshness.at(0.95)), unserved);
    }

    /** Of pairs.curated only, once all of it was read. */
    @Override
    public OptionalLong between(String topic, int partition, long from, long to) {
        Offsets offsets = present.get(partition);
        if (!topic.equals(Topics.PAIRS_CURATED.topicName()) || offsets == null || offsets.first() > from) {
            // The beginning of the partition was deleted: what lay there cannot be known.
            return OptionalLong.empty();
        }
        return OptionalLong.of(offsets.count(from, to));
    }

    private @Nullable Long ownerOf(int partition, long offset) {
        TreeMap<Long, Owner> shards = owners.get(partition);
        Map.Entry<Long, Owner> shard = shards == null ? null : shards.floorEntry(offset);
        return shard == null || shard.getValue().lastOffset() < offset
                ? null
                : shard.getValue().version();
    }

    private static @Nullable Double seconds(OptionalLong millis) {
        return millis.isPresent() ? millis.getAsLong() / 1000.0 : null;
    }
}
