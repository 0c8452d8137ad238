package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.checkpoints.LineageViolation.Kind;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.PartitionOffset;
import dev.capstan.schemas.records.Shard;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AuditableLineageTest {
    private static final String TOPIC = "pairs.curated";
    private static final int ONE_MARKER = 1;

    private final List<CheckpointLineage> lineage = new ArrayList<>();

    AuditableLineageTest() {
        // Partition 0 holds pairs at 0..9 and 11..20, markers at 10 and 21; partition 1 pairs at 0..4, a marker at 5.
        lineage.add(version(1, null, List.of()));
        lineage.add(version(2, 1L, List.of(at(0, 10), at(1, 5)), shard(0, 0, 9, 10), shard(1, 0, 4, 5)));
        lineage.add(version(3, 2L, List.of(at(0, 22), at(1, 6)), shard(0, 11, 20, 10)));
    }

    @Test
    void shouldAcceptALineageThatTrainedEachPairOnce() {
        assertThat(violations()).isEmpty();
    }

    @Test
    void shouldAcceptShardsThatFollowEachOtherWithinAVersion() {
        lineage.set(2, version(3, 2L, List.of(at(0, 22), at(1, 6)), shard(0, 11, 14, 4), shard(0, 15, 20, 6)));

        assertThat(violations()).isEmpty();
    }

    @Test
    void shouldAcceptAForkThatTrainsAgainWhatTheOtherBranchTrained() {
        lineage.add(version(4, 2L, List.of(at(0, 15), at(1, 5)), shard(0, 11, 14, 4)));

        assertThat(violations()).isEmpty();
    }

    @Test
    void shouldFindAnOverlapWithTheParent() {
        lineage.set(2, version(3, 2L, List.of(at(0, 22), at(1, 6)), shard(0, 9, 20, 11)));

        assertViolation(Kind.OVERLAP, 3, "pairs.curated-0: offsets 9..9 were trained before");
    }

    @Test
    void shouldFindAnOverlapWithinAVersion() {
        lineage.set(2, version(3, 2L, List.of(at(0, 22), at(1, 6)), shard(0, 11, 15, 5), shard(0, 15, 20, 6)));

        assertViolation(Kind.OVERLAP, 3, "pairs.curated-0: offsets 15..15 were trained before");
    }

    @Test
    void shouldFindAGapAfterTheParent() {
        lineage.set(2, version(3, 2L, List.of(at(0, 22), at(1, 6)), shard(0, 13, 20, 8)));

        assertViolation(Kind.GAP, 3, "pairs.curated-0: 3 in offsets 10..12 were never trained");
    }

    @Test
    void shouldFindAGapBeforeThePosition() {
        lineage.set(2, version(3, 2L, List.of(at(0, 25), at(1, 6)), shard(0, 11, 20, 10)));

        assertViolation(Kind.GAP, 3, "pairs.curated-0: 4 in offsets 21..24 were never trained");
    }

    @Test
    void shouldFindAPositionThatMovedWithoutTraining() {
        lineage.set(2, version(3, 2L, List.of(at(0, 22), at(1, 60)), shard(0, 11, 20, 10)));

        assertViolation(Kind.GAP, 3, "pairs.curated-1: 55 in offsets 5..59 were never trained");
    }

    @Test
    void shouldFindAPositionBehindWhatWasTrained() {
        lineage.set(2, version(3, 2L, List.of(at(0, 18), at(1, 6)), shard(0, 11, 20, 10)));

        assertViolation(Kind.POSITION_BEHIND, 3, "pairs.curated-0: position 18 lies before 21, the next to read");
    }

    @Test
    void shouldFindAPositionThatWasLost() {
        lineage.set(2, version(3, 2L, List.of(at(0, 22)), shard(0, 11, 20, 10)));

        assertViolation(Kind.LOST_POSITION, 3, "pairs.curated-1: no position, though 5 is the next to read");
    }

    @Test
    void shouldFindMorePairsThanOffsets() {
        lineage.set(2, version(3, 2L, List.of(at(0, 22), at(1, 6)), shard(0, 11, 20, 11)));

        assertViolation(Kind.IMPOSSIBLE_SHARD, 3, "pairs.curated-0: 11 pairs in offsets 11..20");
    }

    @Test
    void shouldFindAPairCountThatIsNotThatOfTheShards() {
        lineage.get(2).setPairs(9);

        assertViolation(Kind.WRONG_PAIRS, 3, "9 pairs are stated, the shards hold 10");
    }

    @Test
    void shouldFindAParentThatIsNotThere() {
        lineage.remove(1);

        assertViolation(Kind.IMPOSSIBLE_PARENT, 3, "Parent 2 is not an older version of the lineage");
    }

    @Test
    void shouldFindAVersionThatStandsTwice() {
        lineage.add(version(1, null, List.of()));

        assertViolation(Kind.REPEATED_VERSION, 1, "Version 1 stands twice");
    }

    @Test
    void shouldFindAReplayOfWhatWasNotTrained() {
        lineage.get(2).setReplayed(List.of(shard(0, 0, 5, 6), shard(1, 3, 9, 7)));

        assertViolation(Kind.REPLAY_AHEAD, 3, "pairs.curated-1: offset 9 was replayed, the position is 6");
    }

    @Test
    void shouldAskTheTopicWhetherAGapHoldsPairs() {
        lineage.set(2, version(3, 2L, List.of(at(0, 25), at(1, 6)), shard(0, 11, 20, 10)));
        CommittedPairs emptyGap =
                pairsAt(LongStream.concat(LongStream.rangeClosed(0, 9), LongStream.rangeClosed(11, 20)));
        CommittedPairs missedPair =
                pairsAt(LongStream.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 23));

        assertThat(AuditableLineage.violations(lineage, emptyGap)).isEmpty();
        assertThat(AuditableLineage.violations(lineage, missedPair))
                .containsExactly(
                        new LineageViolation(Kind.GAP, 3, "pairs.curated-0: 1 in offsets 21..24 were never trained"));
    }

    @Test
    void shouldCompareShardsWithWhatTheTopicHolds() {
        lineage.set(2, version(3, 2L, List.of(at(0, 22), at(1, 6)), shard(0, 11, 20, 9)));
        CommittedPairs topic = pairsAt(LongStream.concat(LongStream.rangeClosed(0, 9), LongStream.rangeClosed(11, 20)));

        assertThat(AuditableLineage.violations(lineage, topic))
                .containsExactly(new LineageViolation(
                        Kind.WRONG_PAIRS, 3, "pairs.curated-0: offsets 11..20 hold 10 pairs, the shard states 9"));
    }

    @Test
    void shouldNotAccuseOfWhatCannotBeKnownAnyMore() {
        lineage.set(2, version(3, 2L, List.of(at(0, 25), at(1, 6)), shard(0, 13, 20, 8)));

        assertThat(AuditableLineage.violations(lineage, (topic, partition, from, to) -> OptionalLong.empty()))
                .isEmpty();
    }

    @Test
    void shouldRefuseTwoModelsAtOnce() {
        lineage.get(0).setModel("another");

        assertThatThrownBy(this::violations).isInstanceOf(IllegalArgumentException.class);
    }

    private List<LineageViolation> violations() {
        return AuditableLineage.violations(lineage, ONE_MARKER);
    }

    private void assertViolation(Kind kind, long version, String detail) {
        assertThat(violations()).containsExactly(new LineageViolation(kind, version, detail));
    }

    /** Partition 0 with pairs at some offsets; partition 1 as the shard states. */
    private static CommittedPairs pairsAt(LongStream offsets) {
        List<Long> pairs = offsets.boxed().toList();
        return (topic, partition, from, to) -> OptionalLong.of(
                partition == 1
                        ? Math.max(0, Math.min(5, to) - from)
                        : pairs.stream()
                                .filter(offset -> offset >= from && offset < to)
                                .count());
    }

    private static CheckpointLineage version(
            long version, @Nullable Long parent, List<PartitionOffset> offsets, Shard... shards) {
        CheckpointLineage lineage = Manifests.lineage(Drafts.MODEL, version);
        lineage.setParent(parent);
        lineage.setOffsets(offsets);
        lineage.setShards(List.of(shards));
        lineage.setPairs(List.of(shards).stream().mapToLong(Shard::getPairs).sum());
        return lineage;
    }

    private static PartitionOffset at(int partition, long offset) {
        return new PartitionOffset(TOPIC, partition, offset);
    }

    private static Shard shard(int partition, long first, long last, long pairs) {
        return new Shard(TOPIC, partition, first, last, pairs);
    }
}
