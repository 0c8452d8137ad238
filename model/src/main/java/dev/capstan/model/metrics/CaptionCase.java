package dev.capstan.model.metrics;

import java.util.List;

/**
 * A caption and what people wrote of the same image. Texts are words with white space between them: see
 * {@link CaptionTokenizer}.
 *
 * @param candidate the caption to be scored
 * @param references at least one
 */
public record CaptionCase(String candidate, List<String> references) {
    public CaptionCase {
        references = List.copyOf(references);
        if (references.isEmpty()) {
            throw new IllegalArgumentException("the caption \"" + candidate + "\" has no references");
        }
    }

    /** This case with every text cut into words as the reference does it. */
    public CaptionCase tokenized() {
        return new CaptionCase(
                CaptionTokenizer.tokenize(candidate),
                references.stream().map(CaptionTokenizer::tokenize).toList());
    }
}
