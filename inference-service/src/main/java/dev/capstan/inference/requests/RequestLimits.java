package dev.capstan.inference.requests;

/**
 * What one request may ask for.
 *
 * @param maxLabels most labels that a request brings itself
 * @param maxTemplates most prompt templates that a request brings itself
 * @param maxLabelTexts most texts to embed for one request: labels times templates
 * @param maxTextCharacters longest label, template, prompt or request id in UTF-16 characters ({@code max-text-characters})
 * @param maxTokens most tokens of a caption ({@code max-tokens})
 * @param maxBeams most beams of a caption's search
 */
public record RequestLimits(
        int maxLabels, int maxTemplates, int maxLabelTexts, int maxTextCharacters, int maxTokens, int maxBeams) {
    public RequestLimits {
        requirePositive("maxLabels", maxLabels);
        requirePositive("maxTemplates", maxTemplates);
        requirePositive("maxLabelTexts", maxLabelTexts);
        requirePositive("maxTextCharacters", maxTextCharacters);
        requirePositive("maxTokens", maxTokens);
        requirePositive("maxBeams", maxBeams);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + ", must be positive");
        }
    }
}
