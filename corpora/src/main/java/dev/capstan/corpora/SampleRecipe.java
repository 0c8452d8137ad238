package dev.capstan.corpora;

/**
 * Every number of a sample stream that is not a matter of how much and when.
 *
 * @param heldOutVendor the vendor whose pictures never enter a stream: it serves as the measure
 * @param rendering how pictures are varied
 * @param texts how texts are made
 */
public record SampleRecipe(String heldOutVendor, RenderingRecipe rendering, TextRecipe texts) {

    /** For the emoji pictures of {@link EmojiPackages}. */
    public static SampleRecipe emoji() {
        return new SampleRecipe("fluent", RenderingRecipe.crawl(), TextRecipe.emoji());
    }

    /** For {@link CaptionedShapes}. */
    public static SampleRecipe shapes() {
        return new SampleRecipe("striped", RenderingRecipe.crawlInTrueColours(), TextRecipe.shapes());
    }

    /** The same with other rendering. */
    public SampleRecipe withRendering(RenderingRecipe other) {
        return new SampleRecipe(heldOutVendor, other, texts);
    }
}
