package dev.capstan.corpora;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Clean pictures of the vendor that no stream shows: what a model is measured on. */
public final class EvaluationPictures {

    private static final int SEED = 1;

    private EvaluationPictures() {}

    /**
     * One picture for each concept of this novelty that the held-out vendor has drawn, in the order of the concepts.
     *
     * @param sidePixels width and height of the images
     */
    public static List<EvaluationPicture> of(Pictures pictures, String heldOutVendor, Novelty novelty, int sidePixels) {
        if (!pictures.vendors().contains(heldOutVendor)) {
            throw new IllegalArgumentException("no vendor '" + heldOutVendor + "' in " + pictures.vendors());
        }
        Rendition rendition = new Rendition(RenderingRecipe.clean(sidePixels));
        List<EvaluationPicture> clean = new ArrayList<>();
        for (Concept concept : pictures.concepts(novelty)) {
            Optional.ofNullable(concept.pictures().get(heldOutVendor)).ifPresent(picture -> {
                EncodedImage image = rendition.render(concept, picture, Seeds.random(SEED, clean.size()));
                clean.add(new EvaluationPicture(concept.name(), heldOutVendor, image));
            });
        }
        return List.copyOf(clean);
    }

    /**
     * A picture to ask about, with the right answer.
     *
     * @param label the name of the concept
     * @param image a PNG
     */
    public record EvaluationPicture(String label, String vendor, EncodedImage image) {}
}
