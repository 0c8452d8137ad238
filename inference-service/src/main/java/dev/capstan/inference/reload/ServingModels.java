package dev.capstan.inference.reload;

import dev.capstan.inference.serving.ServingModel;
import dev.capstan.model.tensors.TensorValue;
import java.util.List;

/** Builds models of checkpoints. The follower's thread. */
@FunctionalInterface
public interface ServingModels {
    /**
     * @param architecture the manifest's architecture as JSON
     * @param tensors the serving tensors, verified
     * @throws Exception if no model can be made of it; everything built until then has been freed
     */
    ServingModel build(String architecture, List<TensorValue> tensors) throws Exception;
}
