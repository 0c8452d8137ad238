package dev.capstan.inference.serving;

import dev.capstan.model.CaptionRanking;
import java.util.Optional;

/**
 * How to search for a caption.
 *
 * @param prompt text that the caption continues, or empty for the model's own
 * @param maxTokens longest caption in tokens
 * @param beams beams of the search; 1 is greedy
 * @param ranking which of the captions found comes first
 */
public record CaptionSettings(Optional<String> prompt, int maxTokens, int beams, CaptionRanking ranking) {}
