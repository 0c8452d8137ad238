package dev.capstan.inference.serving;

import java.util.List;

/**
 * A caption and how well its image supports it.
 *
 * @param alternatives what the search found, best first; the first is the caption
 * @param grounding CLIPScore of the caption on its image, 2.5 max(cos, 0)
 */
public record GroundedCaption(List<Alternative> alternatives, double grounding) {
    /** @param score mean log-probability a token, in nats */
    public record Alternative(String caption, double score) {}

    public GroundedCaption {
        alternatives = List.copyOf(alternatives);
        if (alternatives.isEmpty()) {
            throw new IllegalArgumentException("A caption needs at least one alternative");
        }
    }

    public String caption() {
        return alternatives.get(0).caption();
    }
}
