package dev.capstan.console.web;

import dev.capstan.checkpoints.Promotion;
import dev.capstan.checkpoints.PromotionResult;
import dev.capstan.platform.KafkaSettings;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Chooses the version that is served, through the same records as the command does. Any thread; one decision at a time,
 * each with clients of its own that are closed behind it.
 */
final class Decisions {
    private final KafkaSettings settings;
    private final String model;
    private final ReentrantLock lock = new ReentrantLock();

    Decisions(KafkaSettings settings, String model) {
        this.settings = settings;
        this.model = model;
    }

    /**
     * Promotes a version, or rolls back to it.
     *
     * @return what came of it, empty if another decision is being made
     * @throws dev.capstan.checkpoints.CheckpointReadException if the checkpoint log cannot be read or written
     */
    Optional<PromotionResult> decide(boolean forward, long version, String reason, String decidedBy) {
        if (!lock.tryLock()) {
            return Optional.empty();
        }
        try (Promotion promotion = new Promotion(settings.clientProperties())) {
            return Optional.of(
                    forward
                            ? promotion.promote(model, version, reason, decidedBy)
                            : promotion.rollback(model, version, reason, decidedBy));
        } finally {
            lock.unlock();
        }
    }
}
