package dev.capstan.model;

/**
 * A caption and its likelihood.
 *
 * @param caption the text after the prompt
 * @param logProbability of the whole caption, end token included, in nats
 * @param score mean log-probability a token, end token included, in nats
 */
public record ScoredCaption(String caption, double logProbability, double score) {}
