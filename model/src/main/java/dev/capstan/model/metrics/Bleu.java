package dev.capstan.model.metrics;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * BLEU-1 to BLEU-4 (Papineni et al., 2002) as pycocoevalcap computes it: clipped precisions multiplied over run lengths,
 * brevity penalty against the reference of the closest length, the shorter where two are as close. Its small constants,
 * which let a corpus without a match score above zero by a hair, are kept.
 */
public final class Bleu {
    private static final double SMALL = 1e-9;
    private static final double TINY = 1e-15;

    private Bleu() {}

    /**
     * Scores of a whole corpus, whose counts are added up before they are divided.
     *
     * @return BLEU-1, BLEU-2, BLEU-3, BLEU-4
     * @throws IllegalArgumentException if there are no cases
     */
    public static double[] corpus(List<CaptionCase> cases) {
        if (cases.isEmpty()) {
            throw new IllegalArgumentException("BLEU of no captions");
        }
        Counts sum = new Counts(0, 0, new long[NGrams.LONGEST], new long[NGrams.LONGEST]);
        for (CaptionCase captionCase : cases) {
            sum = sum.plus(Counts.of(captionCase));
        }
        return sum.scores();
    }

    /** BLEU-1 to BLEU-4 of one caption; noisy, for looking at cases. */
    public static double[] sentence(CaptionCase captionCase) {
        return Counts.of(captionCase).scores();
    }

    @SuppressWarnings("ArrayRecordComponent") // never leaves this class
    private record Counts(long candidateWords, long referenceWords, long[] runs, long[] matches) {
        static Counts of(CaptionCase captionCase) {
            NGrams candidate = NGrams.of(captionCase.candidate());
            Map<List<String>, Integer> most = new HashMap<>();
            int closest = -1;
            for (String reference : captionCase.references()) {
                NGrams runs = NGrams.of(reference);
                runs.counts().forEach((run, count) -> most.merge(run, count, Math::max));
                closest = closer(candidate.words(), closest, runs.words());
            }
            long[] runs = new long[NGrams.LONGEST];
            long[] matches = new long[NGrams.LONGEST];
            for (int i = 0; i < runs.length; i++) {
                runs[i] = Math.max(0, candidate.words() - i);
            }
            candidate
                    .counts()
                    .forEach((run, count) -> matches[run.size() - 1] += Math.min(count, most.getOrDefault(run, 0)));
            return new Counts(candidate.words(), closest, runs, matches);
        }

        private static int closer(int wanted, int best, int other) {
            if (best < 0) {
                return other;
            }
            int difference = Math.abs(other - wanted) - Math.abs(best - wanted);
            return difference < 0 || (difference == 0 && other < best) ? other : best;
        }

        Counts plus(Counts other) {
            long[] runSums = runs.clone();
            long[] matchSums = matches.clone();
            Arrays.setAll(runSums, i -> runs[i] + other.runs[i]);
            Arrays.setAll(matchSums, i -> matches[i] + other.matches[i]);
            return new Counts(
                    candidateWords + other.candidateWords, referenceWords + other.referenceWords, runSums, matchSums);
        }

        double[] scores() {
            double ratio = (candidateWords + TINY) / (referenceWords + SMALL);
            double penalty = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
            double[] scores = new double[NGrams.LONGEST];
            double product = 1;
            for (int i = 0; i < scores.length; i++) {
                product *= (matches[i] + TINY) / (runs[i] + SMALL);
                scores[i] = Math.pow(product, 1.0 / (i + 1)) * penalty;
            }
            return scores;
        }
    }
}
