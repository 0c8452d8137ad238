package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.schemas.records.Shard;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ShardLedgerTest {
    private static final TopicPartition P0 = new TopicPartition("pairs.curated", 0);
    private static final TopicPartition P1 = new TopicPartition("pairs.curated", 1);

    @Test
    void shouldCoverEveryPairOfAPartitionWithOneShard() {
        ShardLedger ledger = new ShardLedger(Map.of());
        ledger.trained(P0, 0);
        ledger.trained(P0, 1);
        ledger.trained(P1, 7);
        ledger.trained(P0, 2);

        ShardLedger.Cut cut = ledger.cut();

        assertThat(cut.shards())
                .containsExactly(new Shard("pairs.curated", 0, 0L, 2L, 3L), new Shard("pairs.curated", 1, 7L, 7L, 1L));
        assertThat(cut.positions()).containsOnly(Map.entry(P0, 3L), Map.entry(P1, 8L));
    }

    @Test
    void shouldCountPairsAndNotOffsetsAcrossTransactionMarkers() {
        ShardLedger ledger = new ShardLedger(Map.of(P0, 10L));
        ledger.trained(P0, 10);
        ledger.trained(P0, 12);
        ledger.trained(P0, 15);

        ShardLedger.Cut cut = ledger.cut();

        assertThat(cut.shards()).containsExactly(new Shard("pairs.curated", 0, 10L, 15L, 3L));
    }

    @Test
    void shouldMovePastTrailingMarkersWhenCaughtUp() {
        ShardLedger ledger = new ShardLedger(Map.of());
        ledger.trained(P0, 4);
        ledger.caughtUp(P0, 6);
        ledger.caughtUp(P1, 2);

        ShardLedger.Cut cut = ledger.cut();

        assertThat(cut.shards()).containsExactly(new Shard("pairs.curated", 0, 4L, 4L, 1L));
        assertThat(cut.positions()).containsOnly(Map.entry(P0, 6L), Map.entry(P1, 2L));
    }

    @Test
    void shouldNeverMoveAPositionBack() {
        ShardLedger ledger = new ShardLedger(Map.of(P0, 9L));

        ledger.caughtUp(P0, 5);

        assertThat(ledger.positions()).containsOnly(Map.entry(P0, 9L));
    }

    @Test
    void shouldStartAnewAfterACutAndKeepPositions() {
        ShardLedger ledger = new ShardLedger(Map.of(P1, 3L));
        ledger.trained(P0, 0);
        ledger.cut();
        ledger.trained(P0, 1);

        ShardLedger.Cut second = ledger.cut();

        assertThat(second.shards()).containsExactly(new Shard("pairs.curated", 0, 1L, 1L, 1L));
        assertThat(second.positions()).containsOnly(Map.entry(P0, 2L), Map.entry(P1, 3L));
    }

    @Test
    void shouldKeepRecordsThatTaughtNothingInTheirShardButNotCountThemAsTrained() {
        ShardLedger ledger = new ShardLedger(Map.of());
        ledger.trained(P0, 0);
        ledger.passedOver(P0, 1);
        ledger.trained(P0, 2);

        long trained = ledger.trainedPairs();

        assertThat(trained).isEqualTo(2);
        assertThat(ledger.cut().shards()).containsExactly(new Shard("pairs.curated", 0, 0L, 2L, 3L));
    }

    @Test
    void shouldListEveryReplayDrawApart() {
        Shard draw = new Shard("pairs.curated", 0, 0L, 7L, 8L);
        ShardLedger ledger = new ShardLedger(Map.of(P0, 20L));
        ledger.replayed(draw);
        ledger.replayed(draw);

        ShardLedger.Cut cut = ledger.cut();

        assertThat(cut.replayed()).containsExactly(draw, draw);
        assertThat(cut.shards()).isEmpty();
        assertThat(ledger.replayDraws()).isZero();
    }

    @Test
    void shouldRefuseAnOffsetThatWasReadBefore() {
        ShardLedger ledger = new ShardLedger(Map.of(P0, 5L));

        assertThatThrownBy(() -> ledger.trained(P0, 4))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Offset 4 of pairs.curated-0 comes after position 5");
    }
}
