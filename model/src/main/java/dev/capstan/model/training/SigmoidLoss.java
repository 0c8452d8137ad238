package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import dev.capstan.model.network.CaptioningNetwork;
import dev.capstan.model.network.Constants;
import java.util.List;

/**
 * SigLIP's loss (arXiv 2303.15343, algorithm 1): each picture and each text of a batch are a question with the answer yes or
 * no, by the sigmoid of their logit; summed over the texts, averaged over the pictures. Where a text occurs more than once,
 * all its pictures answer yes. Legend: N pairs.
 */
final class SigmoidLoss {
    private final Constants constants;

    SigmoidLoss(Constants constants) {
        this.constants = constants;
    }

    /**
     * @param images N x E, not normalised
     * @param texts N x E, not normalised
     * @param logitScale logarithm of the factor of the cosines
     * @param logitBias added to the logits
     * @param words the texts themselves, to find equal ones
     */
    ContrastiveLoss.Result compute(
            NDArray images, NDArray texts, NDArray logitScale, NDArray logitBias, List<String> words) {
        NDArray unitImages = CaptioningNetwork.normalised(images);
        NDArray unitTexts = CaptioningNetwork.normalised(texts);
        NDArray logits =
                unitImages.mul(logitScale.exp()).matMul(unitTexts.transpose()).add(logitBias); // N N
        int pairs = words.size();
        NDArray signs = constants.manager().create(signs(words), new Shape(pairs, pairs));
        // -ln sigmoid(z) is softplus(-z), which does not underflow.
        NDArray loss = Activation.softPlus(logits.mul(signs).neg()).sum().mul(constants.scalar(1f / pairs));
        return new ContrastiveLoss.Result(loss, logits);
    }

    /** N x N: 1 where picture and text belong together, -1 elsewhere. */
    private static float[] signs(List<String> words) {
        int[] groups = ContrastiveLoss.groups(words);
        float[] signs = new float[groups.length * groups.length];
        for (int row = 0; row < groups.length; row++) {
            for (int column = 0; column < groups.length; column++) {
                signs[row * groups.length + column] = groups[row] == groups[column] ? 1 : -1;
            }
        }
        return signs;
    }
}
