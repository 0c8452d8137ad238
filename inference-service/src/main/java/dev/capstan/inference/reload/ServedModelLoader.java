package dev.capstan.inference.reload;

import dev.capstan.checkpoints.ModelLoader;
import dev.capstan.inference.serving.RecentLabels;
import dev.capstan.inference.serving.ServedModel;
import dev.capstan.inference.serving.ServingModel;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.records.CheckpointManifest;
import java.util.List;

/**
 * Builds the model of a checkpoint and makes it ready beside the one that is served: every path has run once and the
 * labels that will be asked for are embedded before the first request sees it. The follower's thread.
 */
public final class ServedModelLoader implements ModelLoader<ServedModel> {
    private final ServingModels models;
    private final RecentLabels recent;
    private final long maxCachedLabels;

    /** @param maxCachedLabels most labels whose embeddings a model keeps */
    public ServedModelLoader(ServingModels models, RecentLabels recent, long maxCachedLabels) {
        this.models = models;
        this.recent = recent;
        this.maxCachedLabels = maxCachedLabels;
    }

    @Override
    public ServedModel load(CheckpointManifest manifest, List<TensorValue> tensors) throws Exception {
        ServingModel model = models.build(manifest.getArchitecture(), tensors);
        boolean ready = false;
        try {
            ServedModel served = ServedModel.warmedUp(model, recent, maxCachedLabels);
            ready = true;
            return served;
        } finally {
            if (!ready) {
                model.close();
            }
        }
    }
}
