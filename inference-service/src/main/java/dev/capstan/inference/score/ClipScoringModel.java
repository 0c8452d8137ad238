package dev.capstan.inference.score;

import dev.capstan.model.CaptioningClip;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.awt.image.BufferedImage;
import java.util.List;

/** The image and text encoder of a checkpoint. Threads as {@link ScoringModel} says. */
public final class ClipScoringModel implements ScoringModel {
    private final CaptioningClip clip;

    private ClipScoringModel(CaptioningClip clip) {
        this.clip = clip;
    }

    /**
     * Copies a checkpoint's weights to a device and runs them once.
     *
     * @param architecture the architecture as JSON
     * @throws WeightsFormatException if the architecture or the tokenizer cannot be read
     * @throws IllegalArgumentException if the tensors are not those of the architecture
     */
    public static ClipScoringModel load(String architecture, List<TensorValue> tensors, ModelDevice device)
            throws WeightsFormatException {
        ModelBundle bundle = new ModelBundle(ModelArchitecture.fromJson(architecture), tensors);
        ClipScoringModel model = new ClipScoringModel(CaptioningClip.load(bundle, device));
        boolean warm = false;
        try {
            int size = model.clip.architecture().image().size();
            double probe = model.similarity(new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB), "nothing");
            if (!Double.isFinite(probe)) {
                throw new IllegalArgumentException("the model's similarity of a black picture is " + probe);
            }
            warm = true;
            return model;
        } finally {
            if (!warm) {
                model.close();
            }
        }
    }

    @Override
    public double similarity(BufferedImage picture, String text) {
        float[] image = clip.embedImages(List.of(picture))[0];
        float[] words = clip.embedTexts(List.of(text))[0];
        double cosine = 0;
        for (int i = 0; i < image.length; i++) {
            cosine += (double) image[i] * words[i];
        }
        return cosine;
    }

    @Override
    public void close() {
        clip.close();
    }
}
