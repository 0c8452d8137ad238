package dev.capstan.inference.serving;

import dev.capstan.inference.labels.LabelTexts;
import dev.capstan.model.CaptionOptions;
import dev.capstan.model.CaptionRanking;
import dev.capstan.model.CaptionResult;
import dev.capstan.model.CaptioningClip;
import dev.capstan.model.LabelEmbeddings;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ModelDevice;
import dev.capstan.model.ScoredCaption;
import dev.capstan.model.images.PixelImage;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@link CaptioningClip} as inference asks for it. Threads as {@link ServingModel} says. */
public final class ClipServingModel implements ServingModel {
    private static final int WARM_UP_TOKENS = 4;
    private static final int WARM_UP_BEAMS = 2;

    private final CaptioningClip clip;

    private record Pixels(PixelImage image) implements PreparedImage {}

    private record Embedded(LabelTexts texts, LabelEmbeddings embeddings) implements PreparedLabels {}

    private ClipServingModel(CaptioningClip clip) {
        this.clip = clip;
    }

    /**
     * Copies a checkpoint's weights to a device.
     *
     * @param architecture the architecture as JSON
     * @throws WeightsFormatException if the architecture or the tokenizer cannot be read
     * @throws IllegalArgumentException if the tensors are not those of the architecture
     */
    public static ClipServingModel load(String architecture, List<TensorValue> tensors, ModelDevice device)
            throws WeightsFormatException {
        ModelBundle bundle = new ModelBundle(ModelArchitecture.fromJson(architecture), tensors);
        return new ClipServingModel(CaptioningClip.load(bundle, device));
    }

    @Override
    public PreparedImage prepareImage(BufferedImage picture) {
        return new Pixels(clip.preprocessor().forEvaluation(picture));
    }

    @Override
    public PreparedLabels prepareLabels(LabelTexts texts) {
        return new Embedded(texts, clip.labelEmbeddings(texts.labels(), texts.templates()));
    }

    @Override
    public List<List<ScoredChoice>> classify(List<LabelChoice> choices) {
        float[][] images = clip.embedPixels(
                choices.stream().map(choice -> pixels(choice.image())).toList());
        List<List<ScoredChoice>> answers = new ArrayList<>(choices.size());
        for (int i = 0; i < images.length; i++) {
            LabelChoice choice = choices.get(i);
            answers.add(((Embedded) choice.labels())
                    .embeddings().rank(images[i], choice.top()).stream()
                            .map(label -> new ScoredChoice(label.label(), finite("probability", label.probability())))
                            .toList());
        }
        return answers;
    }

    @Override
    public List<GroundedCaption> caption(List<PreparedImage> images, CaptionSettings settings) {
        CaptionOptions options =
                new CaptionOptions(settings.prompt(), settings.maxTokens(), settings.beams(), settings.ranking());
        return clip.captionPixels(images.stream().map(ClipServingModel::pixels).toList(), options).stream()
                .map(ClipServingModel::caption)
                .toList();
    }

    @Override
    public void warmUp() {
        clip.warmUp();
        int size = clip.architecture().image().size();
        PreparedImage image = prepareImage(new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB));
        PreparedLabels labels = prepareLabels(new LabelTexts(List.of("light", "dark"), LabelTexts.PLAIN));
        classify(List.of(new LabelChoice(image, labels, 2)));
        caption(
                List.of(image),
                new CaptionSettings(Optional.empty(), WARM_UP_TOKENS, WARM_UP_BEAMS, CaptionRanking.GROUNDING));
    }

    @Override
    public long nativeArrays() {
        return clip.nativeArrays();
    }

    @Override
    public void close() {
        clip.close();
    }

    private static PixelImage pixels(PreparedImage image) {
        return ((Pixels) image).image();
    }

    private static GroundedCaption caption(CaptionResult result) {
        return new GroundedCaption(
                result.alternatives().stream()
                        .map(ClipServingModel::alternative)
                        .toList(),
                finite("grounding", result.grounding()));
    }

    private static GroundedCaption.Alternative alternative(ScoredCaption caption) {
        return new GroundedCaption.Alternative(caption.caption(), finite("score", caption.score()));
    }

    /** Weights that went astray answer with NaN: no such answer may leave, and no such model may be served. */
    private static double finite(String what, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalStateException("The model's " + what + " is " + value);
        }
        return value;
    }
}
