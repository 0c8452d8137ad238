package dev.capstan.model;

import java.util.Optional;

/**
 * How captions are decoded.
 *
 * @param prompt text that the caption continues; empty for the architecture's own
 * @param maxTokens most tokens of a caption; fewer where the language model's context ends
 * @param beams width of the beam search; 1 is greedy
 * @param ranking which of the beams' captions comes first
 */
public record CaptionOptions(Optional<String> prompt, int maxTokens, int beams, CaptionRanking ranking) {
    private static final int MOST_BEAMS = 64;

    public CaptionOptions {
        if (maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens must be positive, not " + maxTokens);
        }
        if (beams < 1 || beams > MOST_BEAMS) {
            throw new IllegalArgumentException("beams must be in 1.." + MOST_BEAMS + ", not " + beams);
        }
    }

    /** Greedy, with the architecture's prompt. */
    public static CaptionOptions greedy(int maxTokens) {
        return new CaptionOptions(Optional.empty(), maxTokens, 1, CaptionRanking.LIKELIHOOD);
    }
}
