package dev.capstan.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Labels as unit vectors of the shared space: for each label the mean of its templates' unit vectors, brought to length
 * one again (arXiv 2103.00020, section 3.1.4). Immutable; belongs to the weights that made it.
 *
 * <p>CLIP asks which label it is: probabilities are a softmax and sum to one. A model that was trained by the sigmoid loss
 * (arXiv 2303.15343) asks of each label whether it fits: each probability stands alone, and all may be small.
 */
public final class LabelEmbeddings {
    private final List<String> labels;
    private final float[][] vectors;
    private final double logitScale;
    private final OptionalDouble logitBias;

    /** @param logitBias of a model that was trained by the sigmoid loss; empty for CLIP */
    LabelEmbeddings(List<String> labels, float[][] vectors, double logitScale, OptionalDouble logitBias) {
        this.labels = List.copyOf(labels);
        this.vectors = vectors;
        this.logitScale = logitScale;
        this.logitBias = logitBias;
    }

    public List<String> labels() {
        return labels;
    }

    /**
     * Ranks the labels for an image.
     *
     * @param image unit vector in the shared space
     * @param top how many labels to return
     * @return best first; fewer where there are fewer labels
     */
    public List<ScoredLabel> rank(float[] image, int top) {
        double[] similarities = new double[vectors.length];
        double greatest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < vectors.length; i++) {
            similarities[i] = dot(image, vectors[i]);
            greatest = Math.max(greatest, similarities[i]);
        }
        double sum = 0;
        for (double similarity : similarities) {
            sum += Math.exp(logitScale * (similarity - greatest));
        }
        List<ScoredLabel> ranked = new ArrayList<>(vectors.length);
        for (int i = 0; i < vectors.length; i++) {
            double probability = logitBias.isPresent()
                    ? sigmoid(logitScale * similarities[i] + logitBias.getAsDouble())
                    : Math.exp(logitScale * (similarities[i] - greatest)) / sum;
            ranked.add(new ScoredLabel(labels.get(i), probability, similarities[i]));
        }
        ranked.sort(Comparator.comparingDouble(ScoredLabel::similarity).reversed());
        return List.copyOf(ranked.subList(0, Math.min(top, ranked.size())));
    }

    private static double sigmoid(double logit) {
        return 1 / (1 + Math.exp(-logit));
    }

    static double dot(float[] left, float[] right) {
        float sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += left[i] * right[i];
        }
        return sum;
    }
}
