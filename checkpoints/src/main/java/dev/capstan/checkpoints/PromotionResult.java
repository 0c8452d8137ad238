package dev.capstan.checkpoints;

import dev.capstan.schemas.records.LiveVersion;

/** How a request to change the live version ended. */
public sealed interface PromotionResult {
    /** The live version is now this one. */
    record Changed(LiveVersion live) implements PromotionResult {}

    /** The version was live already; nothing was written. */
    record Unchanged(LiveVersion live) implements PromotionResult {}

    /**
     * Nothing was changed.
     *
     * @param reason why, in one sentence
     */
    record Refused(String reason) implements PromotionResult {}
}
