package dev.capstan.model.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * CIDEr-D (arXiv 1411.5726, section 4) as pycocoevalcap computes it: cosine of the TF-IDF vectors of runs of one to four
 * words, the candidate's counts clipped to the reference's, times a Gaussian of the difference in length, times ten.
 *
 * <p>Two traits of the reference that matter to the figures are kept: lengths are counted in bi-grams, and a corpus of
 * one image scores zero, since every run of words is in all of its images.
 *
 * <p>Immutable; safe to share between threads.
 */
public final class CiderD {
    private static final double SIGMA = 6;
    private static final double SCALE = 10;

    private final DocumentFrequencies frequencies;

    /** @param frequencies by which words are weighed, of the corpus itself or of a frozen one */
    public CiderD(DocumentFrequencies frequencies) {
        this.frequencies = frequencies;
    }

    /** Scores of a corpus, in order, weighed by its own references. */
    public static double[] corpus(List<CaptionCase> cases) {
        CiderD cider = new CiderD(DocumentFrequencies.of(
                cases.stream().map(CaptionCase::references).toList()));
        return cases.stream().mapToDouble(cider::score).toArray();
    }

    /** Score of one caption, from 0 (nothing shared) to 10 (the reference itself). */
    public double score(CaptionCase captionCase) {
        Vector candidate = vector(captionCase.candidate());
        double sum = 0;
        for (String reference : captionCase.references()) {
            sum += similarity(candidate, vector(reference));
        }
        return SCALE * sum / captionCase.references().size();
    }

    /** @param norms Euclidean length of the part of each run length */
    @SuppressWarnings("ArrayRecordComponent") // never leaves this class
    private record Vector(Map<List<String>, Double> weights, double[] norms, int biGrams) {}

    private Vector vector(String text) {
        Map<List<String>, Double> weights = new HashMap<>();
        double[] norms = new double[NGrams.LONGEST];
        int biGrams = 0;
        for (Map.Entry<List<String>, Integer> run : NGrams.of(text).counts().entrySet()) {
            double weight = run.getValue() * frequencies.inverse(run.getKey());
            weights.put(run.getKey(), weight);
            norms[run.getKey().size() - 1] += weight * weight;
            biGrams += run.getKey().size() == 2 ? run.getValue() : 0;
        }
        for (int i = 0; i < norms.length; i++) {
            norms[i] = Math.sqrt(norms[i]);
        }
        return new Vector(weights, norms, biGrams);
    }

    private static double similarity(Vector candidate, Vector reference) {
        double[] products = new double[NGrams.LONGEST];
        candidate.weights().forEach((run, weight) -> {
            double wanted = reference.weights().getOrDefault(run, 0.0);
            products[run.size() - 1] += Math.min(weight, wanted) * wanted;
        });
        double sum = 0;
        for (int i = 0; i < products.length; i++) {
            double norm = candidate.norms()[i] * reference.norms()[i];
            sum += norm == 0 ? products[i] : products[i] / norm;
        }
        double difference = candidate.biGrams() - reference.biGrams();
        return sum / NGrams.LONGEST * Math.exp(-difference * difference / (2 * SIGMA * SIGMA));
    }
}
