package dev.capstan.ingest.filter;

import dev.capstan.ingest.text.NormalisedText;
import java.util.HashMap;
import java.util.Map;

/**
 * The text is one character over and over, spaces aside: a ruler, a row of dots, a scream.
 *
 * @param maxShare occurrences of the most frequent character over characters, at most
 */
record TextRepeatedCharacters(double maxShare) implements Rule<NormalisedText> {
    static final String NAME = "text-repeated-characters";

    /** Fewer characters repeat by nature: "zzz". */
    static final int MIN_CHARACTERS = 10;

    @Override
    public Verdict judge(NormalisedText text) {
        int total = 0;
        int most = 0;
        Map<Integer, Integer> counts = new HashMap<>();
        for (int point : text.text().codePoints().filter(point -> point != ' ').toArray()) {
            total++;
            most = Math.max(most, counts.merge(point, 1, Integer::sum));
        }
        if (total < MIN_CHARACTERS) {
            return Verdict.KEEP;
        }
        double share = (double) most / total;
        if (share <= maxShare) {
            return Verdict.KEEP;
        }
        return Verdict.Refusal.of(
                NAME, share, maxShare, "Of the text's " + total + " characters " + most + " are the same.");
    }
}
