package dev.capstan.local.requests;

/**
 * The truth about a request, which travels in its headers and is compared with the answer by whoever audits the topics.
 *
 * @param expected the true label
 * @param set the label set that the picture belongs to
 */
public record Probe(String expected, String set) {}
