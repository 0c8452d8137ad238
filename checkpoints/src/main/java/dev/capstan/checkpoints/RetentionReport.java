package dev.capstan.checkpoints;

import java.util.List;

/**
 * What one run of retention did.
 *
 * @param manifestsRemoved versions whose manifests were removed
 * @param tensorsRemoved tensors that were removed
 * @param tensorsWaiting tensors that no manifest needs and whose grace is not over, or that the bound of one run left
 * @param isPostponed whether something was left alone because it came into use again while it was being removed
 */
public record RetentionReport(
        List<Long> manifestsRemoved, int tensorsRemoved, int tensorsWaiting, boolean isPostponed) {
    public RetentionReport {
        manifestsRemoved = List.copyOf(manifestsRemoved);
    }
}
