package dev.capstan.inference.serving;

import java.util.Optional;

/**
 * How to search for a caption.
 *
 * @param prompt text that the caption continues, or empty for the model's own
 * @param maxTokens longest caption in tokens
 * @param beams beams of the search; 1 is greedy
 */
public record CaptionSettings(Optional<String> prompt, int maxTokens, int beams) {}
