package dev.capstan.model.metrics;

import java.util.List;
import java.util.Set;

/**
 * Share of queries for which one of the right answers is among the k most similar, as CLIP reports retrieval. A wrong
 * answer that is exactly as similar as the best right one counts as before it, so that constant vectors score nothing.
 */
public final class RecallAtK {
    private RecallAtK() {}

    /**
     * @param queries vectors of length one
     * @param answers vectors of length one
     * @param right of each query the indices of its answers, at least one
     * @param ks each at least 1
     * @return recall at each of {@code ks}, 0..1
     */
    public static double[] of(float[][] queries, float[][] answers, List<Set<Integer>> right, int... ks) {
        if (queries.length == 0 || queries.length != right.size()) {
            throw new IllegalArgumentException(queries.length + " queries with " + right.size() + " sets of answers");
        }
        double[] recalls = new double[ks.length];
        for (int query = 0; query < queries.length; query++) {
            int rank = rank(queries[query], answers, right.get(query));
            for (int i = 0; i < ks.length; i++) {
                recalls[i] += rank < ks[i] ? 1 : 0;
            }
        }
        for (int i = 0; i < ks.length; i++) {
            recalls[i] /= queries.length;
        }
        return recalls;
    }

    /** Wrong answers at least as similar as the best right one. */
    private static int rank(float[] query, float[][] answers, Set<Integer> right) {
        double[] similarities = new double[answers.length];
        double best = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < answers.length; i++) {
            similarities[i] = dot(query, answers[i]);
            best = right.contains(i) ? Math.max(best, similarities[i]) : best;
        }
        if (best == Double.NEGATIVE_INFINITY) {
            throw new IllegalArgumentException("a query has no answer among the " + answers.length);
        }
        int rank = 0;
        for (int i = 0; i < answers.length; i++) {
            rank += !right.contains(i) && similarities[i] >= best ? 1 : 0;
        }
        return rank;
    }

    private static double dot(float[] left, float[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += (double) left[i] * right[i];
        }
        return sum;
    }
}
