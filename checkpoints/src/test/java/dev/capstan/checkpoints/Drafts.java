package dev.capstan.checkpoints;

import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.records.CrawledCount;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.Shard;
import dev.capstan.schemas.records.TrainingMode;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;

/** Drafts of checkpoints and their tensors, by seed. */
final class Drafts {
    static final String MODEL = "capstan-test";
    static final String ARCHITECTURE = "{\"kind\":\"test\"}";

    private Drafts() {}

    static TensorValue tensor(String name, long seed, int elements) {
        Random random = new Random(seed);
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = random.nextFloat();
        }
        return TensorValue.ofFloats(name, new long[] {elements}, values);
    }

    static CheckpointDraft imported(TensorValue... serving) {
        return CheckpointDraft.imported(MODEL, ARCHITECTURE, List.of(serving));
    }

    static CheckpointDraft trained(
            long parent, List<Shard> shards, List<TensorValue> serving, List<TensorValue> trainingState) {
        return new CheckpointDraft(
                MODEL,
                OptionalLong.of(parent),
                parent * 10,
                TrainingMode.JOINT,
                shards,
                List.of(),
                1.5,
                List.of("policy-1"),
                List.of(),
                List.of(new CrawledCount(Instant.EPOCH, 1L)),
                new Evaluation(10, 1.0, 2.0, 0.5, null, 0, null),
                ARCHITECTURE,
                serving,
                trainingState);
    }
}
