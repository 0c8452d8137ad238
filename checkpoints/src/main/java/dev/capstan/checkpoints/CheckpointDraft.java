package dev.capstan.checkpoints;

import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.records.CrawledCount;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.Shard;
import dev.capstan.schemas.records.StepLoss;
import dev.capstan.schemas.records.TrainingMode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A checkpoint before it is written. The writer adds what only it knows: version, time, offsets, digests, bytes.
 *
 * @param model name of the model
 * @param parent version that training went on from; empty for an imported one
 * @param step optimiser steps since the import
 * @param mode how the weights came about
 * @param shards what was trained for the first time since the parent, in the order of each partition
 * @param replayed what was drawn again since the parent
 * @param trainingSeconds wall-clock seconds of training since the parent
 * @param policyVersions curation policies of the pairs trained since the parent
 * @param losses losses since the parent; thinned to at most {@value #MAX_LOSSES}, first and last kept
 * @param crawled when the pairs of {@code shards} were crawled, oldest first, in at most {@value #MAX_CRAWLED} groups
 * @param evaluation what held-out pairs say
 * @param architecture the model's architecture as JSON
 * @param serving tensors that followers fetch
 * @param trainingState tensors that only the trainer needs
 */
public record CheckpointDraft(
        String model,
        OptionalLong parent,
        long step,
        TrainingMode mode,
        List<Shard> shards,
        List<Shard> replayed,
        double trainingSeconds,
        List<String> policyVersions,
        List<StepLoss> losses,
        List<CrawledCount> crawled,
        Evaluation evaluation,
        String architecture,
        List<TensorValue> serving,
        List<TensorValue> trainingState) {
    /** Losses that a lineage record carries at most. */
    public static final int MAX_LOSSES = 64;

    /** Groups of crawl times that a lineage record carries at most. */
    public static final int MAX_CRAWLED = 64;

    public CheckpointDraft {
        if (model.isBlank()) {
            throw new IllegalArgumentException("A checkpoint needs the name of its model");
        }
        if (step < 0 || trainingSeconds < 0 || Double.isNaN(trainingSeconds)) {
            throw new IllegalArgumentException("step " + step + " and trainingSeconds " + trainingSeconds
                    + " of a checkpoint of " + model + " must not be negative");
        }
        if (crawled.size() > MAX_CRAWLED) {
            throw new IllegalArgumentException("A checkpoint of " + model + " tells crawl times in " + crawled.size()
                    + " groups: at most " + MAX_CRAWLED + " are kept");
        }
        if (serving.isEmpty()) {
            throw new IllegalArgumentException("A checkpoint of " + model + " has no serving tensor");
        }
        refuseRepeatedNames(model, serving);
        refuseRepeatedNames(model, trainingState);
        shards = List.copyOf(shards);
        replayed = List.copyOf(replayed);
        policyVersions = List.copyOf(policyVersions);
        losses = thin(losses);
        crawled = List.copyOf(crawled);
        serving = List.copyOf(serving);
        trainingState = List.copyOf(trainingState);
    }

    /** A checkpoint of weights from outside: step 0, nothing trained, nothing measured. */
    public static CheckpointDraft imported(String model, String architecture, List<TensorValue> serving) {
        return new CheckpointDraft(
                model,
                OptionalLong.empty(),
                0,
                TrainingMode.IMPORTED,
                List.of(),
                List.of(),
                0,
                List.of(),
                List.of(),
                List.of(),
                new Evaluation(0, null, null, null, null, 0, null),
                architecture,
                serving,
                List.of());
    }

    /** Pairs trained for the first time since the parent. */
    public long pairs() {
        return shards.stream().mapToLong(Shard::getPairs).sum();
    }

    private static List<StepLoss> thin(List<StepLoss> losses) {
        if (losses.size() <= MAX_LOSSES) {
            return List.copyOf(losses);
        }
        List<StepLoss> kept = new ArrayList<>(MAX_LOSSES);
        for (int i = 0; i < MAX_LOSSES; i++) {
            kept.add(losses.get((int) ((long) i * (losses.size() - 1) / (MAX_LOSSES - 1))));
        }
        return List.copyOf(kept);
    }

    private static void refuseRepeatedNames(String model, List<TensorValue> tensors) {
        Set<String> names = new HashSet<>();
        for (TensorValue tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException(
                        "A checkpoint of " + model + " names tensor " + tensor.name() + " twice in one role");
            }
        }
    }
}
