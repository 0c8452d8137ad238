package dev.capstan.corpora;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * Pictures and how to make a stream of them.
 *
 * @param fallback why these are generated shapes instead of emoji, or empty if they are what was asked for
 */
public record SampleCorpus(Pictures pictures, SampleRecipe recipe, Optional<String> fallback) {

    /** The generated shapes. */
    public static SampleCorpus shapes() {
        return new SampleCorpus(CaptionedShapes.full(), SampleRecipe.shapes(), Optional.empty());
    }

    /**
     * The emoji, or the generated shapes if they cannot be had.
     *
     * @param progress told in a sentence what is being done, when it takes long
     */
    public static SampleCorpus emojiOrShapes(EmojiPackages packages, Consumer<String> progress) {
        return packages.load(progress).orShapes();
    }
}
