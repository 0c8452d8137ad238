package dev.capstan.trainer;

import dev.capstan.schemas.records.Shard;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;

/**
 * Trained pairs to draw again: a uniform sample of everything trained since the start, within bounds. It holds short
 * runs of one partition rather than single pairs, so that a draw is a few shards in the lineage.
 *
 * <p>Owned by the trainer thread. Records are kept as they were read: a pair that is drawn again is augmented anew.
 */
final class ReplayMemory {
    private final int maxBlocks;
    private final long maxBytes;
    private final int blockPairs;
    private final List<Block> blocks = new ArrayList<>();
    private long bytes;
    private long offered;

    /** Consecutive trained pairs of one partition. */
    record Block(List<RawPair> pairs) {
        Block {
            pairs = List.copyOf(pairs);
            if (pairs.isEmpty()) {
                throw new IllegalArgumentException("a block holds at least one pair");
            }
        }

        Shard shard() {
            RawPair first = pairs.get(0);
            RawPair last = pairs.get(pairs.size() - 1);
            return new Shard(
                    first.partition().topic(), first.partition().partition(), first.offset(), last.offset(), (long)
                            pairs.size());
        }

        long bytes() {
            return pairs.stream().mapToLong(RawPair::bytes).sum();
        }
    }

    /**
     * @param maxPairs largest number of pairs kept; 0 keeps none
     * @param maxBytes largest sum of their records
     * @param blockPairs longest run kept together
     */
    ReplayMemory(int maxPairs, long maxBytes, int blockPairs) {
        this.maxBlocks = maxPairs / blockPairs;
        this.maxBytes = maxBytes;
        this.blockPairs = blockPairs;
    }

    /**
     * Offers the pairs of one step, in the order of their offsets.
     *
     * @param random decides which are kept and which make room
     */
    void offer(List<RawPair> trained, RandomGenerator random) {
        if (maxBlocks == 0) {
            return;
        }
        Map<TopicPartition, List<RawPair>> byPartition = new LinkedHashMap<>();
        trained.forEach(pair -> byPartition
                .computeIfAbsent(pair.partition(), partition -> new ArrayList<>())
                .add(pair));
        byPartition.values().forEach(pairs -> {
            for (int from = 0; from < pairs.size(); from += blockPairs) {
                offer(new Block(pairs.subList(from, Math.min(pairs.size(), from + blockPairs))), random);
            }
        });
    }

    /** Draws pairs, fewer if it does not hold as many; no pair twice in one draw. */
    List<Block> draw(int pairs, RandomGenerator random) {
        List<Block> drawn = new ArrayList<>();
        int missing = pairs;
        // The drawn ones move to the front: a partial Fisher-Yates shuffle.
        for (int i = 0; i < blocks.size() && missing > 0; i++) {
            int chosen = i + random.nextInt(blocks.size() - i);
            Block block = blocks.get(chosen);
            blocks.set(chosen, blocks.get(i));
            blocks.set(i, block);
            int take = Math.min(missing, block.pairs().size());
            drawn.add(new Block(block.pairs().subList(0, take)));
            missing -= take;
        }
        return drawn;
    }

    /** Forgets everything: the weights that learnt these pairs are gone. */
    void clear() {
        blocks.clear();
        bytes = 0;
        offered = 0;
    }

    int pairs() {
        return blocks.stream().mapToInt(block -> block.pairs().size()).sum();
    }

    long bytes() {
        return bytes;
    }

    /** Vitter's algorithm R over blocks: each one offered so far is kept with the same probability. */
    private void offer(Block block, RandomGenerator random) {
        offered++;
        if (blocks.size() < maxBlocks && bytes + block.bytes() <= maxBytes) {
            blocks.add(block);
            bytes += block.bytes();
            return;
        }
        if (blocks.isEmpty()) {
            return;
        }
        long place = random.nextLong(offered);
        if (place >= blocks.size()) {
            return;
        }
        int index = (int) place;
        bytes += block.bytes() - blocks.get(index).bytes();
        blocks.set(index, block);
        while (bytes > maxBytes) {
            Block last = blocks.remove(blocks.size() - 1);
            bytes -= last.bytes();
        }
    }
}
