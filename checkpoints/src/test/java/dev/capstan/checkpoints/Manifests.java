package dev.capstan.checkpoints;

import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.TensorEntry;
import dev.capstan.schemas.records.TensorRole;
import dev.capstan.schemas.records.TrainingMode;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;

/** Manifests and their entries as they would be, or as no writer would make them. */
final class Manifests {
    private Manifests() {}

    static TensorEntry entry(TensorValue tensor, TensorRole role, long firstOffset) {
        return new TensorEntry(
                tensor.name(),
                tensor.type().name(),
                LongStream.of(tensor.shape()).boxed().toList(),
                role,
                tensor.digest(),
                tensor.byteSize(),
                1,
                0,
                firstOffset);
    }

    static CheckpointManifest manifest(String model, long version, TensorEntry... entries) {
        return new CheckpointManifest(lineage(model, version), Drafts.ARCHITECTURE, List.of(entries));
    }

    static CheckpointLineage lineage(String model, long version) {
        return new CheckpointLineage(
                model,
                version,
                version == 1 ? null : version - 1,
                0L,
                TrainingMode.IMPORTED,
                List.of(),
                List.of(),
                List.of(),
                0L,
                0.0,
                List.of(),
                List.of(),
                new Evaluation(0, null, null, null, null, 0, null),
                0L,
                0L,
                Instant.EPOCH,
                List.of());
    }
}
