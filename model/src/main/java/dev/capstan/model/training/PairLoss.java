package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.network.CaptioningNetwork;
import dev.capstan.model.network.Weights;
import java.util.List;

/** The loss of pictures and their texts that an architecture learns by: the sigmoid loss where it has a bias, else InfoNCE. */
final class PairLoss {
    private PairLoss() {}

    /**
     * @param images N x E, not normalised
     * @param texts N x E, not normalised
     * @param words the texts themselves, to find equal ones
     */
    static ContrastiveLoss.Result compute(
            CaptioningNetwork network,
            ContrastiveLoss contrastiveLoss,
            Weights weights,
            NDArray images,
            NDArray texts,
            List<String> words) {
        NDArray logitScale = weights.get(ParameterCatalog.LOGIT_SCALE);
        if (network.architecture().text().logitBias()) {
            NDArray logitBias = weights.get(ParameterCatalog.LOGIT_BIAS);
            return new SigmoidLoss(network.constants()).compute(images, texts, logitScale, logitBias, words);
        }
        return contrastiveLoss.compute(images, texts, logitScale, words);
    }
}
