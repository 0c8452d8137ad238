package dev.capstan.model;

/**
 * A label and how well it fits an image.
 *
 * @param label the label
 * @param probability share among the labels that were asked for: softmax of the similarities times the logit scale
 * @param similarity cosine of image and label, -1..1
 */
public record ScoredLabel(String label, double probability, double similarity) {}
