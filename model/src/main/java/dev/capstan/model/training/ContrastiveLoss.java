package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.network.CaptioningNetwork;
import dev.capstan.model.network.Constants;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Symmetric InfoNCE over a batch (arXiv 2103.00020, figure 3): the cross entropy of pictures against texts and of texts
 * against pictures, averaged.
 *
 * <p>Where a text occurs more than once, its pictures share it: the target of a row is spread evenly over the equal texts,
 * so that a right answer is never pushed away. Legend: N pairs.
 */
final class ContrastiveLoss {
    private static final Pattern WHITE_SPACE = Pattern.compile("\\s+");

    private final Constants constants;

    ContrastiveLoss(Constants constants) {
        this.constants = constants;
    }

    /**
     * @param loss scalar, in nats
     * @param logits N x N: pictures in rows, texts in columns
     */
    record Result(NDArray loss, NDArray logits) {}

    /**
     * @param images N x E, not normalised
     * @param texts N x E, not normalised
     * @param logitScale logarithm of the factor of the cosines
     * @param words the texts themselves, to find equal ones
     */
    Result compute(NDArray images, NDArray texts, NDArray logitScale, List<String> words) {
        NDArray unitImages = CaptioningNetwork.normalised(images);
        NDArray unitTexts = CaptioningNetwork.normalised(texts);
        NDArray logits = unitImages.mul(logitScale.exp()).matMul(unitTexts.transpose()); // N N
        int pairs = words.size();
        NDArray targets = constants.manager().create(targets(words), new Shape(pairs, pairs));
        NDArray both = logits.logSoftmax(1).add(logits.logSoftmax(0));
        NDArray loss = both.mul(targets).sum().mul(constants.scalar(-1f / (2 * pairs)));
        return new Result(loss, logits);
    }

    /** N x N, rows and columns summing to one. */
    private static float[] targets(List<String> words) {
        int[] groups = groups(words);
        int[] sizes = new int[groups.length];
        for (int group : groups) {
            sizes[group]++;
        }
        float[] targets = new float[groups.length * groups.length];
        for (int row = 0; row < groups.length; row++) {
            for (int column = 0; column < groups.length; column++) {
                if (groups[row] == groups[column]) {
                    targets[row * groups.length + column] = 1f / sizes[groups[row]];
                }
            }
        }
        return targets;
    }

    /** For each text the number of the first place where it occurs, whatever its case and white space. */
    static int[] groups(List<String> words) {
        Map<String, Integer> first = new HashMap<>();
        int[] groups = new int[words.size()];
        for (int i = 0; i < groups.length; i++) {
            Integer before = first.putIfAbsent(folded(words.get(i)), i);
            groups[i] = before == null ? i : before;
        }
        return groups;
    }

    private static String folded(String text) {
        return WHITE_SPACE.matcher(text.strip()).replaceAll(" ").toLowerCase(Locale.ROOT);
    }

    /** Share of pictures whose greatest logit is at their own text or an equal one. */
    static double top1(NDArray logits, List<String> words) {
        int[] groups = groups(words);
        long[] best = logits.argMax(1).toLongArray();
        int right = 0;
        for (int row = 0; row < best.length; row++) {
            if (groups[(int) best[row]] == groups[row]) {
                right++;
            }
        }
        return right / (double) best.length;
    }
}
