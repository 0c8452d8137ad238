package dev.capstan.inference.labels;

/**
 * How much of topic labels.sets is held in memory.
 *
 * @param maxSets most label sets ({@code max-label-sets})
 * @param maxTexts most texts of one set: labels times templates ({@code max-label-set-texts})
 * @param maxTotalLabels most labels of all sets together ({@code max-label-sets-labels})
 * @param maxTextCharacters longest label or template in UTF-16 characters
 */
public record LabelSetLimits(int maxSets, int maxTexts, int maxTotalLabels, int maxTextCharacters) {
    public LabelSetLimits {
        if (maxSets < 1 || maxTexts < 1 || maxTotalLabels < 1 || maxTextCharacters < 1) {
            throw new IllegalArgumentException("Limits of label sets must be positive: maxSets " + maxSets
                    + ", maxTexts " + maxTexts + ", maxTotalLabels " + maxTotalLabels + ", maxTextCharacters "
                    + maxTextCharacters);
        }
    }
}
