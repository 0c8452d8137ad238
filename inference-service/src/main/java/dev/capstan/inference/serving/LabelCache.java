package dev.capstan.inference.serving;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.capstan.inference.labels.LabelTexts;
import dev.capstan.inference.serving.ServingModel.PreparedLabels;

/**
 * Labels that one model has embedded, within a bound of labels; the ones that are asked for least go first. It lives and
 * dies with its model, so an embedding of another checkpoint can never be used. One thread at a time, as the model.
 */
final class LabelCache {
    private final ServingModel model;
    private final Cache<LabelTexts, PreparedLabels> prepared;

    /** @param maxLabels most labels of all entries together */
    LabelCache(ServingModel model, long maxLabels) {
        this.model = model;
        prepared = Caffeine.newBuilder()
                .maximumWeight(maxLabels)
                .weigher((LabelTexts texts, PreparedLabels labels) ->
                        texts.labels().size())
                .executor(Runnable::run)
                .build();
    }

    PreparedLabels get(LabelTexts texts) {
        return prepared.get(texts, model::prepareLabels);
    }
}
