package dev.capstan.checkpoints;

import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.records.CheckpointManifest;
import java.util.List;

/**
 * Builds a model of a checkpoint and warms it, beside the one that is served. Called on the follower's thread.
 *
 * @param <M> the model; the follower owns what is returned and closes it
 */
@FunctionalInterface
public interface ModelLoader<M extends AutoCloseable> {
    /**
     * @param manifest the checkpoint
     * @param tensors its serving tensors, verified, in the manifest's order
     * @throws Exception if no model can be made of it; everything built until then must have been freed
     */
    M load(CheckpointManifest manifest, List<TensorValue> tensors) throws Exception;
}
