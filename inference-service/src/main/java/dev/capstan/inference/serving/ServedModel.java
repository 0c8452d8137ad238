package dev.capstan.inference.serving;

import dev.capstan.inference.labels.LabelTexts;
import dev.capstan.inference.serving.ServingModel.PreparedImage;
import dev.capstan.inference.serving.ServingModel.PreparedLabels;
import dev.capstan.inference.serving.ServingModel.ScoredChoice;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * The model of one checkpoint with the labels that it has embedded. One thread at a time: the follower's until it is
 * served, the request loop's under a lease, and whoever ends the last lease for {@link #close}.
 */
public final class ServedModel implements AutoCloseable {
    private final ServingModel model;
    private final LabelCache labels;
    private final RecentLabels recent;

    /** One image of a classification. */
    public record Choice(PreparedImage image, LabelTexts texts, int top) {}

    private ServedModel(ServingModel model, LabelCache labels, RecentLabels recent) {
        this.model = model;
        this.labels = labels;
        this.recent = recent;
    }

    /**
     * Runs every path of a model once and embeds what will be asked for.
     *
     * @param model owned by what is returned; still the caller's if this throws
     * @param recent what will be asked for
     * @param maxCachedLabels most labels whose embeddings are kept
     */
    public static ServedModel warmedUp(ServingModel model, RecentLabels recent, long maxCachedLabels) {
        LabelCache labels = new LabelCache(model, maxCachedLabels);
        model.warmUp();
        recent.toWarm().forEach(labels::get);
        return new ServedModel(model, labels, recent);
    }

    /** Brings a picture into the model's size. Any thread. */
    public PreparedImage prepareImage(BufferedImage picture) {
        return model.prepareImage(picture);
    }

    /** The best labels of each choice, best first. */
    public List<List<ScoredChoice>> classify(List<Choice> choices) {
        return model.classify(choices.stream()
                .map(choice -> new ServingModel.LabelChoice(choice.image(), prepared(choice.texts()), choice.top()))
                .toList());
    }

    /** One caption for each image. */
    public List<GroundedCaption> caption(List<PreparedImage> images, CaptionSettings settings) {
        return model.caption(images, settings);
    }

    /** Native arrays that the model holds now. */
    public long nativeArrays() {
        return model.nativeArrays();
    }

    @Override
    public void close() {
        model.close();
    }

    private PreparedLabels prepared(LabelTexts texts) {
        recent.note(texts);
        return labels.get(texts);
    }
}
