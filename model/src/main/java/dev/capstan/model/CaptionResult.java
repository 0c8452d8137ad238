package dev.capstan.model;

import java.util.List;

/**
 * What a model says of an image.
 *
 * @param caption the best caption, without the prompt
 * @param alternatives all captions of the search, best first
 * @param grounding CLIPScore of the best caption on its image (arXiv 2104.08718): 2.5 max(cos, 0), with the
 *     architecture's prefix before the caption; 0 if the picture does not support the words
 */
public record CaptionResult(String caption, List<ScoredCaption> alternatives, double grounding) {
    public CaptionResult {
        alternatives = List.copyOf(alternatives);
    }
}
