package dev.capstan.ingest.balance;

import dev.capstan.ingest.filter.Verdict.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Balances a stream between concepts in one pass, after CLIP's curation (MetaCLIP, arXiv 2309.16671, section 3): a pair
 * tosses a coin for each of its concepts and is kept if one succeeds; the coin of a concept that {@code count} pairs had
 * succeeds with probability {@code target / max(count, target)}. Where two passes know the whole count, one pass has a
 * {@linkplain DecayedCount decayed} one: of a steady stream both come to the same once a few windows have passed; before,
 * more is kept.
 *
 * <p>Every partition counts for itself. Pairs are spread over the partitions by a digest, so each sees its even share of
 * every concept, and balances to its share of the target.
 *
 * <p>Immutable; the counts belong to the caller.
 */
public final class ConceptBalance {

    public static final String RULE = "balance";

    private final double target;
    private final Duration window;

    /**
     * @param target pairs of one concept within the window that are all kept, over all partitions
     * @param partitions over how many the stream is spread
     */
    public ConceptBalance(long target, Duration window, int partitions) {
        if (target < 1 || partitions < 1) {
            throw new IllegalArgumentException(
                    "target " + target + " and partitions " + partitions + " must be positive");
        }
        this.target = (double) target / partitions;
        this.window = window;
    }

    /** The probability that the coin of a concept with this count succeeds. */
    public static double keepProbability(double target, double count) {
        return target / Math.max(count, target);
    }

    /** Counts the pair's concepts, and says why the pair is left out, or nothing. A pair without concepts is kept. */
    public Optional<Refusal> judge(String pairId, List<String> concepts, long timeMillis, ConceptCounts counts) {
        boolean kept = concepts.isEmpty();
        String rarest = "";
        double bestChance = -1;
        double rarestCount = 0;
        for (String concept : concepts) {
            DecayedCount before = counts.get(concept);
            DecayedCount count = (before == null ? DecayedCount.NONE : before).plusOne(timeMillis, window);
            counts.put(concept, count);
            double chance = keepProbability(target, count.weight());
            kept |= Coin.toss(pairId, concept) < chance;
            if (chance > bestChance) {
                bestChance = chance;
                rarest = concept;
                rarestCount = count.weight();
            }
        }
        if (kept) {
            return Optional.empty();
        }
        return Optional.of(Refusal.of(
                RULE, Coin.toss(pairId, rarest), bestChance, detail(concepts.size(), rarest, rarestCount, bestChance)));
    }

    private static String detail(int concepts, String rarest, double count, double chance) {
        return String.format(
                Locale.ROOT,
                "Of the pair's %d concepts the rarest, \"%s\", has a count of %.0f in its partition; such pairs are kept with "
                        + "probability %.4f, and no coin succeeded.",
                concepts,
                rarest,
                count,
                chance);
    }
}
