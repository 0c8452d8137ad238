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
import dev.capstan.model.text.TextTokenizer;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A live model: zero-shot labels and captions for images.
 *
 * <p>Owns its native memory: every array is under one manager, which {@link #close} frees. One thread at a time; any
 * thread may call {@link #preprocessor()}'s methods beside it. Loading either succeeds or leaves nothing behind.
 */
public final class CaptioningClip implements AutoCloseable {
    private static final double CLIP_SCORE_WEIGHT = 2.5;

    private final NDManager manager;
    private final TextTokenizer tokenizer;
    private final CaptioningNetwork network;
    private final CaptionDecoder decoder;
    private final Weights weights;
    private final ImagePreprocessor preprocessor;
    private final double logitScale;
    private boolean closed;

    private CaptioningClip(
            NDManager manager, TextTokenizer tokenizer, CaptioningNetwork network, Map<String, NDArray> parameters) {
        this.manager = manager;
        this.tokenizer = tokenizer;
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
    }

    /**
     * Copies a bundle's weights to a device.
     *
     * @throws WeightsFormatException if the tokenizer cannot be read
     */
    public static CaptioningClip load(ModelBundle bundle, ModelDevice device) throws WeightsFormatException {
        TextTokenizer tokenizer =
                TextTokenizer.load(bundle.tokenizer(), bundle.architecture().tokenizer());
        NDManager manager = null;
        try {
            manager = device.openManager();
            TensorTransfer transfer = new TensorTransfer();
            Map<String, NDArray> parameters = new HashMap<>();
            for (TensorValue tensor : bundle.tensors()) {
                if (!tensor.name().equals(ParameterCatalog.TOKENIZER)) {
                    parameters.put(tensor.name(), transfer.load(manager, tensor));
                }
            }
            CaptioningNetwork network = new CaptioningNetwork(bundle.architecture(), manager, transfer, tokenizer);
            return new CaptioningClip(manager, tokenizer, network, parameters);
        } catch (RuntimeException | Error e) {
            if (manager != null) {
                manager.close();
            }
            tokenizer.close();
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
        return new LabelEmbeddings(labels, network.embedLabels(weights, labels, templates), logitScale);
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

    private List<CaptionResult> captionChunk(List<PixelImage> images, CaptionOptions options) {
        ImageEncoder.Features features = network.encodeImages(weights, network.upload(images), false);
        float[][] vectors = CaptioningNetwork.rows(CaptioningNetwork.normalised(features.embedding()));
        List<List<ScoredCaption>> decoded = decoder.decode(weights, features, options);
        String prefix = architecture().limber().groundingPrefix();
        float[][] texts = network.embedTexts(
                weights,
                decoded.stream().map(best -> prefix + best.get(0).caption()).toList());
        List<CaptionResult> results = new ArrayList<>(images.size());
        for (int i = 0; i < vectors.length; i++) {
            List<ScoredCaption> captions = decoded.get(i);
            double grounding = CLIP_SCORE_WEIGHT * Math.max(LabelEmbeddings.dot(vectors[i], texts[i]), 0);
            results.add(new CaptionResult(captions.get(0).caption(), captions, grounding));
        }
        return results;
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
        tokenizer.close();
    }
}
