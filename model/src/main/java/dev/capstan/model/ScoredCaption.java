package dev.capstan.model;

/**
 * A caption and its likelihood.
 *
 * @param caption the text after the prompt
 * @param score mean log-probability a token, end token included, in nats
 */
public record ScoredCaption(String caption, double score) {}
