package dev.capstan.model.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The bookkeeping of a beam search over a batch, in plain Java: which hypotheses live, which are finished. Rows of the
 * model's batch are images times live beams, the same number of beams for every image; the first step has one row an
 * image.
 *
 * <p>A hypothesis that ends leaves its beam. An image is done when it has as many finished hypotheses as beams; its rows go
 * on, ignored, until all are done. Scores are means a token, so that a short caption has no advantage.
 */
final class BeamSearch {
    private final int beams;
    private final int candidates;
    private final long endToken;
    private final List<List<Hypothesis>> live = new ArrayList<>();
    private final List<List<Hypothesis>> finished = new ArrayList<>();
    private long[] parents = new long[0];

    /**
     * A caption in the making.
     *
     * @param tokens so far, with the end token if it has one
     * @param logProbability of all tokens
     * @param ended whether the last token is the end token
     */
    record Hypothesis(List<Long> tokens, double logProbability, boolean ended) {
        double meanLogProbability() {
            return logProbability / tokens.size();
        }

        /** The tokens without the end token. */
        long[] text() {
            int length = ended ? tokens.size() - 1 : tokens.size();
            return tokens.subList(0, length).stream().mapToLong(Long::longValue).toArray();
        }

        private Hypothesis with(Candidate candidate, long endToken) {
            List<Long> longer = new ArrayList<>(tokens);
            longer.add(candidate.token());
            return new Hypothesis(
                    List.copyOf(longer), logProbability + candidate.logProbability(), candidate.token() == endToken);
        }
    }

    private record Candidate(int beam, long token, double logProbability, double total) {}

    BeamSearch(int images, int beams, int vocabularySize, long endToken) {
        this.beams = beams;
        this.candidates = beams == 1 ? 1 : Math.min(2 * beams, vocabularySize);
        this.endToken = endToken;
        for (int image = 0; image < images; image++) {
            live.add(List.of(new Hypothesis(List.of(), 0, false)));
            finished.add(new ArrayList<>());
        }
    }

    /** Tokens that must be known of each row: each beam may end, and as many must remain. */
    int candidates() {
        return candidates;
    }

    /**
     * Takes the best tokens of each row.
     *
     * @param logProbabilities rows x candidates, best first
     * @param tokens rows x candidates
     * @return whether every image is done
     */
    boolean extend(float[] logProbabilities, long[] tokens) {
        int rowsAnImage = live.get(0).size();
        parents = new long[live.size() * beams];
        boolean done = true;
        for (int image = 0; image < live.size(); image++) {
            choose(image, rowsAnImage, ranked(image, rowsAnImage, logProbabilities, tokens));
            done &= isDone(image);
        }
        return done;
    }

    /** Continuations of an image's beams, best first. */
    private List<Candidate> ranked(int image, int rowsAnImage, float[] logProbabilities, long[] tokens) {
        List<Candidate> ranked = new ArrayList<>(rowsAnImage * candidates);
        for (int beam = 0; beam < rowsAnImage; beam++) {
            double before = live.get(image).get(beam).logProbability();
            for (int i = 0; i < candidates; i++) {
                int at = (image * rowsAnImage + beam) * candidates + i;
                ranked.add(new Candidate(beam, tokens[at], logProbabilities[at], before + logProbabilities[at]));
            }
        }
        ranked.sort(Comparator.comparingDouble(Candidate::total).reversed());
        return ranked;
    }

    private void choose(int image, int rowsAnImage, List<Candidate> ranked) {
        List<Hypothesis> before = live.get(image);
        List<Hypothesis> kept = new ArrayList<>(beams);
        for (int rank = 0; rank < ranked.size() && kept.size() < beams; rank++) {
            Candidate candidate = ranked.get(rank);
            Hypothesis longer = before.get(candidate.beam()).with(candidate, endToken);
            if (!longer.ended()) {
                parents[image * beams + kept.size()] = (long) image * rowsAnImage + candidate.beam();
                kept.add(longer);
            } else if (rank < beams && !isDone(image)) {
                finished.get(image).add(longer);
            }
        }
        while (kept.size() < beams) {
            // The only beam has ended: its row goes on unheeded until the other images are done.
            parents[image * beams + kept.size()] = (long) image * rowsAnImage;
            kept.add(new Hypothesis(List.of(endToken), Double.NEGATIVE_INFINITY, false));
        }
        live.set(image, kept);
    }

    private boolean isDone(int image) {
        return finished.get(image).size() >= beams;
    }

    /** The row of the step before that each row continues. */
    long[] parents() {
        return parents.clone();
    }

    /** Whether each row continues itself, so that a cache need not be reordered. */
    boolean keepsRows() {
        for (int row = 0; row < parents.length; row++) {
            if (parents[row] != row) {
                return false;
            }
        }
        return beams == 1;
    }

    /** The newest token of each row, which the model reads next. */
    long[] lastTokens() {
        long[] tokens = new long[live.size() * beams];
        Arrays.setAll(tokens, row -> {
            List<Long> hypothesis = live.get(row / beams).get(row % beams).tokens();
            return hypothesis.get(hypothesis.size() - 1);
        });
        return tokens;
    }

    /** Finished hypotheses of each image and, where there are too few, the live ones; at most the number of beams. */
    List<List<Hypothesis>> results() {
        List<List<Hypothesis>> results = new ArrayList<>();
        for (int image = 0; image < live.size(); image++) {
            List<Hypothesis> all = new ArrayList<>(finished.get(image));
            live.get(image).stream()
                    .filter(hypothesis -> Double.isFinite(hypothesis.logProbability()))
                    .limit(Math.max(0, beams - all.size()))
                    .forEach(all::add);
            results.add(List.copyOf(all));
        }
        return results;
    }
}
