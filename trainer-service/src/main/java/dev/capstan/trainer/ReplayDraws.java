package dev.capstan.trainer;

import dev.capstan.schemas.records.Shard;
import dev.capstan.trainer.ReplayMemory.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

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

    /** What was drawn for this step. */
    Replayed take() {
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
        if (pairsPerStep == 0) {
            return;
        }
        var random = Seeds.ofStep(model, step);
        for (Block block : memory.draw(pairsPerStep, random)) {
            List<Future<Preparation>> results = new ArrayList<>();
            for (RawPair pair : block.pairs()) {
                results.add(workers.submit(() -> preparer.prepare(pair, step + 1)));
            }
            ahead.add(new Draw(block, results));
        }
        memory.offer(trained, random);
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
