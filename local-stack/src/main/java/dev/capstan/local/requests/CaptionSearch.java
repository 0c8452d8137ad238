package dev.capstan.local.requests;

import dev.capstan.schemas.records.CaptionRanking;
import org.jspecify.annotations.Nullable;

/**
 * How a caption is looked for.
 *
 * @param prompt text that the caption continues, or null for the model's own
 * @param maxTokens longest caption in tokens
 * @param beams beams of the search; 1 is greedy
 * @param ranking which of the beams' captions is the answer
 */
public record CaptionSearch(@Nullable String prompt, int maxTokens, int beams, CaptionRanking ranking) {
    /** A name of a few words: five beams, of which the best grounded answers. */
    public static CaptionSearch groundedName() {
        return new CaptionSearch(null, 12, 5, CaptionRanking.GROUNDING);
    }
}
