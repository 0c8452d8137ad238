package dev.capstan.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.capstan.model.images.Augmentation;
import dev.capstan.model.images.ImagePreprocessor;
import dev.capstan.model.images.PixelImage;
import dev.capstan.model.network.CaptionDecoder;
import dev.capstan.model.network.CaptioningNetwork;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.network.Weights;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import dev.capstan.model.text.Tokenizers;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A live model: zero-shot labels and captions for images.
 *
 * <p>Owns its native memory: every array is under one manager, which {@link #close} frees. One thread at a time; any
 * thread may call {@link #preprocessor()}'s methods beside it. Loading either succeeds or leaves nothing behind.
 */
public final class CaptioningClip implements AutoCloseable {
    private static final double CLIP_SCORE_WEIGHT = 2.5;

    private final NDManager manager;
    private final Tokenizers tokenizers;
    private final CaptioningNetwork network;
    private final CaptionDecoder decoder;
    private final Weights weights;
    private final ImagePreprocessor preprocessor;
    private final double logitScale;
    private final OptionalDouble logitBias;
    private boolean closed;

    private CaptioningClip(
            NDManager manager, Tokenizers tokenizers, CaptioningNetwork network, Map<String, NDArray> parameters) {
        this.manager = manager;
        this.tokenizers = tokenizers;
        this.network = network;
        this.weights = name -> {
            NDArray parameter = parameters.get(name);
            if (parameter == null) {
                throw new IllegalArgumentException("no parameter " + name);
            }
            return parameter;
        };
        this.decoder = new CaptionDecoder(network);
        this.preprocessor = new ImagePreprocessor(network.architecture().image().size(), Augmentation.none());
        this.logitScale = Math.exp(weights.get(ParameterCatalog.LOGIT_SCALE).getFloat());
        this.logitBias = network.architecture().text().logitBias()
                ? OptionalDouble.of(weights.get(ParameterCatalog.LOGIT_BIAS).getFloat())
                : OptionalDouble.empty();
    }

    /**
     * Copies a bundle's weights to a device.
     *
     * @throws WeightsFormatException if a tokenizer, or a program that is the image encoder, cannot be read
     */
    public static CaptioningClip load(ModelBundle bundle, ModelDevice device) throws WeightsFormatException {
        Tokenizers tokenizers = Tokenizers.load(bundle);
        NDManager manager = null;
        try {
            manager = device.openManager();
            TensorTransfer transfer = new TensorTransfer();
            Map<String, NDArray> parameters = new HashMap<>();
            List<String> files = ParameterCatalog.files(bundle.architecture());
            for (TensorValue tensor : bundle.tensors()) {
                if (!files.contains(tensor.name())) {
                    parameters.put(tensor.name(), transfer.load(manager, tensor));
                }
            }
            CaptioningNetwork network = new CaptioningNetwork(bundle, manager, transfer, tokenizers);
            return new CaptioningClip(manager, tokenizers, network, parameters);
        } catch (WeightsFormatException | RuntimeException | Error e) {
            if (manager != null) {
                manager.close();
            }
            tokenizers.close();
            throw e;
        }
    }

    public ModelArchitecture architecture() {
        return network.architecture();
    }

    /** Turns pictures into this model's input; safe to use from other threads. */
    public ImagePreprocessor preprocessor() {
        return preprocessor;
    }

    /** Unit vectors of pictures in the shared space. */
    public float[][] embedImages(List<BufferedImage> images) {
        return embedPixels(preprocessed(images));
    }

    /** Unit vectors of preprocessed pictures. */
    public float[][] embedPixels(List<PixelImage> images) {
        requireOpen();
        return network.embedImages(weights, images);
    }

    /** What the image encoder pools of preprocessed pictures, before the projection to the shared space: for linear probes. */
    public float[][] probeFeatures(List<PixelImage> images) {
        requireOpen();
        List<float[]> features = new ArrayList<>(images.size());
        for (List<PixelImage> chunk : CaptioningNetwork.chunks(images)) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                NDArray pooled = network.encodeImages(weights, network.upload(chunk), false)
                        .pooled();
                Collections.addAll(features, CaptioningNetwork.rows(pooled));
            }
        }
        return features.toArray(float[][]::new);
    }

    /** Unit vectors of texts in the shared space. Texts too long lose their tail. */
    public float[][] embedTexts(List<String> texts) {
        requireOpen();
        return network.embedTexts(weights, texts);
    }

    /**
     * Embeds labels for {@link #classify}.
     *
     * @param labels at least one
     * @param templates texts in which {} stands for the label; at least one
     */
    public LabelEmbeddings labelEmbeddings(List<String> labels, List<String> templates) {
        requireOpen();
        if (labels.isEmpty()) {
            throw new IllegalArgumentException("no labels");
        }
        return new LabelEmbeddings(labels, network.embedLabels(weights, labels, templates), logitScale, logitBias);
    }

    /** For each picture the best labels, best first. */
    public List<List<ScoredLabel>> classify(List<BufferedImage> images, LabelEmbeddings labels, int top) {
        return classifyPixels(preprocessed(images), labels, top);
    }

    /** As {@link #classify}, for preprocessed pictures. */
    public List<List<ScoredLabel>> classifyPixels(List<PixelImage> images, LabelEmbeddings labels, int top) {
        List<List<ScoredLabel>> ranked = new ArrayList<>(images.size());
        for (float[] image : embedPixels(images)) {
            ranked.add(labels.rank(image, top));
        }
        return ranked;
    }

    /**
     * Captions pictures.
     *
     * @throws IllegalArgumentException if the prompt leaves the language model no room for a token
     */
    public List<CaptionResult> caption(List<BufferedImage> images, CaptionOptions options) {
        return captionPixels(preprocessed(images), options);
    }

    /** As {@link #caption}, for preprocessed pictures. */
    public List<CaptionResult> captionPixels(List<PixelImage> images, CaptionOptions options) {
        requireOpen();
        List<CaptionResult> results = new ArrayList<>(images.size());
        for (List<PixelImage> chunk : CaptioningNetwork.chunks(images)) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                results.addAll(captionChunk(chunk, options));
            }
        }
        return results;
    }

    /**
     * Lets the language model go on after pictures and texts in turn, as few-shot examples need; without a picture it answers
     * blind.
     *
     * @param prompt at least one part
     * @param options its own prompt is not read, nor its ranking
     * @return best first, by the language model
     * @throws IllegalArgumentException if the prompt is empty, or leaves the language model no room for a token
     */
    public List<ScoredCaption> complete(List<PromptPart> prompt, CaptionOptions options) {
        requireOpen();
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            return decoder.complete(weights, prompt, options);
        }
    }

    private List<CaptionResult> captionChunk(List<PixelImage> images, CaptionOptions options) {
        ImageEncoder.Features features = network.encodeImages(weights, network.upload(images), false);
        float[][] vectors = CaptioningNetwork.rows(CaptioningNetwork.normalised(features.embedding()));
        List<List<ScoredCaption>> decoded = decoder.decode(weights, features, options);
        int judged = options.ranking() == CaptionRanking.GROUNDING ? Integer.MAX_VALUE : 1;
        String prefix = architecture().limber().groundingPrefix();
        float[][] texts = network.embedTexts(
                weights,
                decoded.stream()
                        .flatMap(captions -> captions.stream().limit(judged))
                        .map(caption -> prefix + caption.caption())
                        .toList());
        List<CaptionResult> results = new ArrayList<>(images.size());
        int text = 0;
        for (int i = 0; i < vectors.length; i++) {
            List<Judged> captions = new ArrayList<>();
            for (ScoredCaption caption : decoded.get(i)) {
                boolean isJudged = captions.size() < judged;
                captions.add(
                        new Judged(caption, isJudged ? LabelEmbeddings.dot(vectors[i], texts[text++]) : Double.NaN));
            }
            results.add(result(captions, options.ranking()));
        }
        return results;
    }

    /** @param cosine of the caption with its image; NaN where it was not asked for */
    private record Judged(ScoredCaption caption, double cosine) {}

    private CaptionResult result(List<Judged> captions, CaptionRanking ranking) {
        if (ranking == CaptionRanking.GROUNDING) {
            captions.sort(Comparator.comparingDouble(
                            (Judged judged) -> judged.caption().logProbability() + logitScale * judged.cosine())
                    .reversed());
        }
        Judged best = captions.get(0);
        return new CaptionResult(
                best.caption().caption(),
                captions.stream().map(Judged::caption).toList(),
                CLIP_SCORE_WEIGHT * Math.max(best.cosine(), 0));
    }

    /** Runs every part once, so that the first request does not pay for it. */
    public void warmUp() {
        int size = architecture().image().size();
        BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
        LabelEmbeddings labels = labelEmbeddings(List.of("nothing"), List.of("{}"));
        classify(List.of(image), labels, 1);
        caption(List.of(image), CaptionOptions.greedy(2));
    }

    /** Arrays that live under this model's manager, for tests that look for leaks. */
    public long nativeArrays() {
        return closed ? 0 : manager.getManagedArrays().size();
    }

    private List<PixelImage> preprocessed(List<BufferedImage> images) {
        return images.stream().map(preprocessor::forEvaluation).toList();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        manager.close();
        tokenizers.close();
    }
}
