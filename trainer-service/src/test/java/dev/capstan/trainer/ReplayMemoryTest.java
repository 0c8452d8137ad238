package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.records.Shard;
import dev.capstan.trainer.ReplayMemory.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ReplayMemoryTest {
    private static final TopicPartition P0 = new TopicPartition("pairs.curated", 0);
    private static final TopicPartition P1 = new TopicPartition("pairs.curated", 1);

    private final SplittableRandom random = new SplittableRandom(7);

    @Test
    void shouldKeepRunsOfOnePartitionTogether() {
        ReplayMemory memory = new ReplayMemory(100, 1000, 4);
        List<RawPair> step = new ArrayList<>(pairs(P0, 0, 6));
        step.addAll(2, pairs(P1, 10, 2));
        memory.offer(step, random);

        List<Block> drawn = memory.draw(100, random);

        assertThat(drawn)
                .extracting(Block::shard)
                .containsExactlyInAnyOrder(
                        new Shard("pairs.curated", 0, 0L, 3L, 4L),
                        new Shard("pairs.curated", 0, 4L, 5L, 2L),
                        new Shard("pairs.curated", 1, 10L, 11L, 2L));
    }

    @Test
    void shouldDrawAsManyPairsAsAskedForAndNoneTwice() {
        ReplayMemory memory = new ReplayMemory(1000, 100_000, 4);
        memory.offer(pairs(P0, 0, 40), random);

        List<Block> drawn = memory.draw(10, random);

        List<Long> offsets = drawn.stream()
                .flatMap(block -> block.pairs().stream())
                .map(RawPair::offset)
                .toList();
        assertThat(offsets).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void shouldStayWithinItsBoundsAndKeepASampleOfEverything() {
        ReplayMemory memory = new ReplayMemory(64, 320, 4);
        for (int step = 0; step < 500; step++) {
            memory.offer(pairs(P0, step * 8L, 8), random);
        }

        List<Long> offsets = memory.draw(1000, random).stream()
                .flatMap(block -> block.pairs().stream())
                .map(RawPair::offset)
                .toList();

        assertThat(memory.pairs()).isLessThanOrEqualTo(64);
        assertThat(memory.bytes()).isLessThanOrEqualTo(320).isEqualTo(offsets.size() * 5L);
        assertThat(offsets).anyMatch(offset -> offset < 2000).anyMatch(offset -> offset >= 2000);
    }

    @Test
    void shouldHoldNothingWhenItMayNot() {
        ReplayMemory memory = new ReplayMemory(0, 1000, 4);

        memory.offer(pairs(P0, 0, 8), random);

        assertThat(memory.pairs()).isZero();
        assertThat(memory.draw(4, random)).isEmpty();
    }

    @Test
    void shouldForgetEverythingWhenCleared() {
        ReplayMemory memory = new ReplayMemory(64, 1000, 4);
        memory.offer(pairs(P0, 0, 8), random);

        memory.clear();

        assertThat(memory.pairs()).isZero();
        assertThat(memory.bytes()).isZero();
    }

    private static List<RawPair> pairs(TopicPartition partition, long first, int count) {
        return LongStream.range(first, first + count)
                .mapToObj(offset -> new RawPair(partition, offset, new byte[5]))
                .toList();
    }
}
