package dev.capstan.trainer;

import dev.capstan.schemas.records.Shard;
import dev.capstan.trainer.ReplayMemory.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;

/**
 * Draws trained pairs again and prepares them one step ahead.
 *
 * <p>Owned by the trainer thread; the preparer runs on the workers. {@link #take} waits for what was drawn at the step
 * before, which is normally done.
 */
final class ReplayDraws {
    private final String model;
    private final int pairsPerStep;
    private final ReplayMemory memory;
    private final PairPreparer preparer;
    private final ExecutorService workers;
    private final List<Draw> ahead = new ArrayList<>();

    /**
     * What one step draws again.
     *
     * @param shards where the pairs stand, one entry a run
     */
    record Replayed(List<LearningPair> pairs, List<Shard> shards) {
        Replayed {
            pairs = List.copyOf(pairs);
            shards = List.copyOf(shards);
        }

        static Replayed none() {
            return new Replayed(List.of(), List.of());
        }
    }

    private record Draw(Block block, List<Future<Preparation>> results) {}

    /**
     * @param pairsPerStep pairs that each step draws again; 0 for none
     * @param workers run the preparer; not closed here
     */
    ReplayDraws(String model, int pairsPerStep, ReplayMemory memory, PairPreparer preparer, ExecutorService workers) {
        this.model = model;
        this.pairsPerStep = pairsPerStep;
        this.memory = memory;
        this.preparer = preparer;
        this.workers = workers;
    }

    /** Pairs that could be drawn. */
    int available() {
        return memory.pairs();
    }

    /**
     * What was drawn for a step, and as much more as is wanted and there is.
     *
     * @param step the step to come
     * @param atLeast pairs wanted, for a batch that would be too small
     */
    Replayed take(long step, int atLeast) {
        int drawn = ahead.stream().mapToInt(draw -> draw.results().size()).sum();
        if (drawn < atLeast) {
            // Another generator than that of the draw ahead, or the same pairs would come twice.
            draw(step, atLeast - drawn, Seeds.ofStep(model, -step));
        }
        List<LearningPair> pairs = new ArrayList<>();
        List<Shard> shards = new ArrayList<>();
        for (Draw draw : ahead) {
            int before = pairs.size();
            for (Future<Preparation> result : draw.results()) {
                if (await(result) instanceof Preparation.Ready ready) {
                    pairs.add(ready.pair());
                }
            }
            if (pairs.size() > before) {
                Shard shard = draw.block().shard();
                shard.setPairs(pairs.size() - before);
                shards.add(shard);
            }
        }
        ahead.clear();
        return new Replayed(pairs, shards);
    }

    /** Remembers what a step trained and draws for the next. */
    void after(long step, List<RawPair> trained) {
        RandomGenerator random = Seeds.ofStep(model, step);
        if (pairsPerStep > 0) {
            draw(step + 1, pairsPerStep, random);
        }
        memory.offer(trained, random);
    }

    private void draw(long step, int pairs, RandomGenerator random) {
        for (Block block : memory.draw(pairs, random)) {
            List<Future<Preparation>> results = new ArrayList<>();
            for (RawPair pair : block.pairs()) {
                results.add(workers.submit(() -> preparer.prepare(pair, step)));
            }
            ahead.add(new Draw(block, results));
        }
    }

    /** Forgets everything. */
    void clear() {
        ahead.forEach(draw -> draw.results().forEach(result -> result.cancel(false)));
        ahead.clear();
        memory.clear();
    }

    private static Preparation await(Future<Preparation> result) {
        try {
            return result.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while a pair was prepared for replay", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("Preparing a pair for replay failed", e.getCause());
        }
    }
}
