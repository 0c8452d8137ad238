package dev.capstan.model;

import dev.capstan.model.images.PixelImage;

/** A piece of a prompt in which pictures and texts stand in turn (arXiv 2209.15162, section 4, few-shot questions). */
public sealed interface PromptPart {
    /** A picture, which the language model reads as a soft prompt. */
    record Picture(PixelImage image) implements PromptPart {}

    /** A text. */
    record Text(String text) implements PromptPart {}
}
