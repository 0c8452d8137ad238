package dev.capstan.trainer;

import dev.capstan.model.images.PixelImage;
import java.time.Instant;

/**
 * A curated pair as the model takes it.
 *
 * @param pairId stable id of the pair
 * @param image preprocessed, and augmented unless it is for scoring
 * @param policyVersion curation policy that accepted it
 * @param crawledAt when it was fetched
 */
record LearningPair(String pairId, String text, PixelImage image, String policyVersion, Instant crawledAt) {}
