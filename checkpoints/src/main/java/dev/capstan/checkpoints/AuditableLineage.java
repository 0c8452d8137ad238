package dev.capstan.checkpoints;

import dev.capstan.checkpoints.LineageViolation.Kind;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.PartitionOffset;
import dev.capstan.schemas.records.Shard;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a lineage trained each pair for the first time exactly once. A pure function of the records.
 *
 * <p>From every parent to its child, and in every partition: the shards begin where the parent's position stands, follow
 * each other without overlap, and end where the child's position stands. As each step begins where the one before it
 * ended, that holds along every chain from the first version on; a fork (training that went on from an older version) is
 * two chains, each right by itself.
 *
 * <p>Offsets without a pair are no gap: transaction markers and aborted records take offsets too. Which offsets those are
 * only the topic can tell ({@link #violations(List, CommittedPairs)}); without it, gaps up to a given length are taken for
 * markers ({@link #violations(List, int)}).
 */
public final class AuditableLineage {
    private final Map<Long, CheckpointLineage> versions = new HashMap<>();
    private final List<LineageViolation> violations = new ArrayList<>();
    private final CommittedPairs gaps;
    private final @Nullable CommittedPairs counts;

    private AuditableLineage(CommittedPairs gaps, @Nullable CommittedPairs counts) {
        this.gaps = gaps;
        this.counts = counts;
    }

    /**
     * @param lineage the lineage of one model, in any order
     * @param markersInARow longest run of offsets without a pair that is no gap
     */
    public static List<LineageViolation> violations(List<CheckpointLineage> lineage, int markersInARow) {
        CommittedPairs markers = (topic, partition, from, to) ->
                to - from <= markersInARow ? OptionalLong.of(0) : OptionalLong.of(to - from);
        return new AuditableLineage(markers, null).check(lineage);
    }

    /**
     * @param lineage the lineage of one model, in any order
     * @param pairs counts what the topic really holds; gaps must hold nothing, and shards what they state
     */
    public static List<LineageViolation> violations(List<CheckpointLineage> lineage, CommittedPairs pairs) {
        return new AuditableLineage(pairs, pairs).check(lineage);
    }

    private List<LineageViolation> check(List<CheckpointLineage> lineage) {
        Set<String> models = lineage.stream().map(CheckpointLineage::getModel).collect(Collectors.toSet());
        if (models.size() > 1) {
            throw new IllegalArgumentException("A lineage is of one model, this one is of " + models);
        }
        for (CheckpointLineage version : lineage) {
            if (versions.put(version.getVersion(), version) != null) {
                add(Kind.REPEATED_VERSION, version, "Version " + version.getVersion() + " stands twice");
            }
        }
        lineage.stream()
                .sorted(Comparator.comparingLong(CheckpointLineage::getVersion))
                .forEach(this::checkStep);
        return List.copyOf(violations);
    }

    private void checkStep(CheckpointLineage child) {
        checkPairs(child);
        Map<TopicPartition, Long> before = Map.of();
        Long parent = child.getParent();
        if (parent != null) {
            CheckpointLineage found = versions.get(parent);
            if (found == null || parent >= child.getVersion()) {
                add(Kind.IMPOSSIBLE_PARENT, child, "Parent " + parent + " is not an older version of the lineage");
                return;
            }
            before = positions(found);
        }
        Map<TopicPartition, Long> after = positions(child);
        Map<TopicPartition, List<Shard>> shards = child.getShards().stream()
                .collect(Collectors.groupingBy(shard -> new TopicPartition(shard.getTopic(), shard.getPartition())));
        Set<TopicPartition> partitions =
                new TreeSet<>(Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition));
        partitions.addAll(before.keySet());
        partitions.addAll(after.keySet());
        partitions.addAll(shards.keySet());
        for (TopicPartition partition : partitions) {
            checkPartition(
                    child,
                    partition,
                    Optional.ofNullable(before.get(partition)),
                    shards.getOrDefault(partition, List.of()),
                    Optional.ofNullable(after.get(partition)));
        }
        checkReplays(child, after);
    }

    private void checkPartition(
            CheckpointLineage child,
            TopicPartition partition,
            Optional<Long> before,
            List<Shard> shards,
            Optional<Long> after) {
        Optional<Long> next = before;
        for (Shard shard : shards) {
            if (!isPossible(child, partition, shard)) {
                return;
            }
            if (next.isPresent() && shard.getFirstOffset() < next.get()) {
                add(
                        Kind.OVERLAP,
                        child,
                        partition + ": offsets " + shard.getFirstOffset() + ".."
                                + Math.min(shard.getLastOffset(), next.get() - 1) + " were trained before");
            }
            next.ifPresent(from -> checkGap(child, partition, from, shard.getFirstOffset()));
            long end = shard.getLastOffset() + 1;
            next = Optional.of(next.map(from -> Math.max(from, end)).orElse(end));
        }
        if (after.isEmpty()) {
            next.ifPresent(from -> add(
                    Kind.LOST_POSITION, child, partition + ": no position, though " + from + " is the next to read"));
            return;
        }
        if (next.isPresent() && after.get() < next.get()) {
            add(
                    Kind.POSITION_BEHIND,
                    child,
                    partition + ": position " + after.get() + " lies before " + next.get() + ", the next to read");
            return;
        }
        next.ifPresent(from -> checkGap(child, partition, from, after.get()));
    }

    private boolean isPossible(CheckpointLineage child, TopicPartition partition, Shard shard) {
        long span = shard.getLastOffset() - shard.getFirstOffset() + 1;
        if (shard.getFirstOffset() < 0 || span < 1 || shard.getPairs() < 1 || shard.getPairs() > span) {
            add(
                    Kind.IMPOSSIBLE_SHARD,
                    child,
                    partition + ": " + shard.getPairs() + " pairs in offsets " + shard.getFirstOffset() + ".."
                            + shard.getLastOffset());
            return false;
        }
        CommittedPairs topic = counts;
        OptionalLong held = topic == null
                ? OptionalLong.empty()
                : topic.between(
                        shard.getTopic(), shard.getPartition(), shard.getFirstOffset(), shard.getLastOffset() + 1);
        if (held.isPresent() && held.getAsLong() != shard.getPairs()) {
            add(
                    Kind.WRONG_PAIRS,
                    child,
                    partition + ": offsets " + shard.getFirstOffset() + ".." + shard.getLastOffset() + " hold "
                            + held.getAsLong() + " pairs, the shard states " + shard.getPairs());
        }
        return true;
    }

    private void checkGap(CheckpointLineage child, TopicPartition partition, long from, long to) {
        if (from >= to) {
            return;
        }
        OptionalLong missed = gaps.between(partition.topic(), partition.partition(), from, to);
        if (missed.isPresent() && missed.getAsLong() > 0) {
            add(
                    Kind.GAP,
                    child,
                    partition + ": " + missed.getAsLong() + " in offsets " + from + ".." + (to - 1)
                            + " were never trained");
        }
    }

    private void checkPairs(CheckpointLineage child) {
        long stated = child.getShards().stream().mapToLong(Shard::getPairs).sum();
        if (stated != child.getPairs()) {
            add(Kind.WRONG_PAIRS, child, child.getPairs() + " pairs are stated, the shards hold " + stated);
        }
    }

    private void checkReplays(CheckpointLineage child, Map<TopicPartition, Long> after) {
        for (Shard shard : child.getReplayed()) {
            TopicPartition partition = new TopicPartition(shard.getTopic(), shard.getPartition());
            long position = after.getOrDefault(partition, 0L);
            if (shard.getLastOffset() >= position) {
                add(
                        Kind.REPLAY_AHEAD,
                        child,
                        partition + ": offset " + shard.getLastOffset() + " was replayed, the position is " + position);
            }
        }
    }

    private static Map<TopicPartition, Long> positions(CheckpointLineage lineage) {
        return lineage.getOffsets().stream()
                .collect(Collectors.toMap(
                        offset -> new TopicPartition(offset.getTopic(), offset.getPartition()),
                        PartitionOffset::getOffset,
                        Math::max));
    }

    private void add(Kind kind, CheckpointLineage version, String detail) {
        violations.add(new LineageViolation(kind, version.getVersion(), detail));
    }
}
