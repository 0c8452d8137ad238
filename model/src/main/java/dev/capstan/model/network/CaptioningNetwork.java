package dev.capstan.model.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.PromptPart;
import dev.capstan.model.images.PixelBatch;
import dev.capstan.model.images.PixelImage;
import dev.capstan.model.tensors.WeightsFormatException;
import dev.capstan.model.text.TextTokenizer;
import dev.capstan.model.text.TokenBatch;
import dev.capstan.model.text.Tokenizers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The parts of a captioning model, ready to compute with any set of weights. Serving and training share it.
 *
 * <p>Used by one thread. The manager that it was given owns its constants.
 */
public final class CaptioningNetwork {
    private static final float NORM_EPSILON = 1e-12f;
    /** Rows computed at a time where nothing is trained, so that memory does not grow with the request. */
    private static final int CHUNK = 64;

    private final ModelArchitecture architecture;
    private final Constants constants;
    private final TensorTransfer transfer;
    private final PixelBatch pixels;
    private final Tokenizers tokenizers;
    private final ImageEncoder imageEncoder;
    private final TextEncoder textEncoder;
    private final LanguageModel languageModel;
    private final SoftPrompt softPrompt;

    /**
     * @param bundle its architecture is built; its weights are given at each call
     * @throws WeightsFormatException if a program that is the image encoder cannot be read
     */
    public CaptioningNetwork(ModelBundle bundle, NDManager manager, TensorTransfer transfer, Tokenizers tokenizers)
            throws WeightsFormatException {
        this.architecture = bundle.architecture();
        this.constants = new Constants(manager);
        this.transfer = transfer;
        this.tokenizers = tokenizers;
        this.pixels = new PixelBatch(architecture.image());
        this.imageEncoder = architecture.image().network(constants, bundle);
        this.textEncoder = architecture.text().network(constants);
        this.languageModel = architecture.languageModel().network(constants);
        this.softPrompt = new SoftPrompt(architecture, constants);
    }

    public ModelArchitecture architecture() {
        return architecture;
    }

    public Constants constants() {
        return constants;
    }

    /** Of what the language model reads and writes. */
    public TextTokenizer captionTokenizer() {
        return tokenizers.languageModel();
    }

    public LanguageModel languageModel() {
        return languageModel;
    }

    /** N pictures as N x H x W x C in the staging buffer: good until the next upload. */
    public NDArray upload(List<PixelImage> images) {
        int size = architecture.image().size();
        Shape shape = new Shape(images.size(), size, size, PixelImage.CHANNELS);
        return transfer.lend(constants.manager(), shape, floats -> pixels.write(images, floats));
    }

    public ImageEncoder.Features encodeImages(Weights weights, NDArray uploaded, boolean training) {
        return imageEncoder.forward(weights.under(ParameterCatalog.IMAGE_ENCODER), uploaded, training);
    }

    /** N x E, not normalised. */
    public NDArray encodeTexts(Weights weights, List<String> texts) {
        TokenBatch tokens =
                tokenizers.text().encodeWhole(texts, architecture.text().contextLength());
        return textEncoder.forward(weights.under(ParameterCatalog.CLIP), tokens);
    }

    /** Rows brought to length one. */
    public static NDArray normalised(NDArray rows) {
        return rows.normalize(2, -1, NORM_EPSILON);
    }

    /** N x F*K x D. */
    public NDArray softPrompt(Weights weights, ImageEncoder.Features features, boolean training) {
        return softPrompt(weights, softPrompt.read(features), training);
    }

    /** N x F*K x D, of what {@link #limberInputs} gives. */
    public NDArray softPrompt(Weights weights, NDArray limberInputs, boolean training) {
        return softPrompt.forward(weights.under(ParameterCatalog.LIMBER), limberInputs, training);
    }

    /** What the linear map reads of pictures, a row a picture. Without its weights nothing else is known of a picture. */
    public float[][] limberInputs(Weights weights, List<PixelImage> images) {
        List<float[]> inputs = new ArrayList<>(images.size());
        for (List<PixelImage> chunk : chunks(images)) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                Collections.addAll(inputs, rows(softPrompt.read(encodeImages(weights, upload(chunk), false))));
            }
        }
        return inputs.toArray(float[][]::new);
    }

    /** Rows of {@link #limberInputs(Weights, List)} as the linear map reads them, in the staging buffer: good until the next upload. */
    public NDArray uploadLimberInputs(List<float[]> inputs) {
        return transfer.lend(
                constants.manager(), softPrompt.shape(inputs.size()), floats -> inputs.forEach(floats::put));
    }

    public Weights languageModelWeights(Weights weights) {
        return weights.under(ParameterCatalog.LANGUAGE_MODEL);
    }

    /**
     * What stands before a caption: start token if the architecture has one, soft prompt, prompt text.
     *
     * @param soft N x K x D
     * @param prompt tokens of the prompt text; may be empty
     * @return N x P x D
     */
    public NDArray prefix(Weights weights, NDArray soft, long[] prompt) {
        Weights below = languageModelWeights(weights);
        int rows = (int) soft.getShape().get(0);
        NDArray all = soft;
        if (architecture.limber().startTokenFirst()) {
            long[] start = {architecture.captionTokenizer().startToken()};
            all = repeated(below, start, rows).concat(all, 1);
        }
        return prompt.length == 0 ? all : all.concat(repeated(below, prompt, rows), 1);
    }

    /**
     * What the language model reads of pictures and texts in turn: start token if the architecture has one, then each part.
     *
     * @return 1 x P x D
     * @throws IllegalArgumentException if there is nothing to read
     */
    NDArray interleaved(Weights weights, List<PromptPart> prompt) {
        Weights below = languageModelWeights(weights);
        List<PixelImage> images = new ArrayList<>();
        List<NDArray> pieces = new ArrayList<>();
        if (architecture.limber().startTokenFirst()) {
            long[] start = {architecture.captionTokenizer().startToken()};
            pieces.add(repeated(below, start, 1));
        }
        for (PromptPart part : prompt) {
            if (part instanceof PromptPart.Picture picture) {
                images.add(picture.image());
            }
        }
        // All pictures go through the encoder at once.
        NDArray soft = images.isEmpty()
                ? null
                : softPrompt(weights, encodeImages(weights, upload(images), false), false); // I F*K D
        int next = 0;
        for (PromptPart part : prompt) {
            if (part instanceof PromptPart.Text text) {
                long[] ids = captionTokenizer().encode(text.text());
                if (ids.length > 0) {
                    pieces.add(repeated(below, ids, 1));
                }
            } else if (soft != null) {
                pieces.add(Operations.rows(soft, next, next + 1));
                next++;
            }
        }
        return pieces.stream()
                .reduce((before, after) -> before.concat(after, 1))
                .orElseThrow(() -> new IllegalArgumentException("an empty prompt"));
    }

    /** Positions that {@link #prefix} makes. */
    public int prefixLength(int promptTokens) {
        return architecture.softPromptLength()
                + promptTokens
                + (architecture.limber().startTokenFirst() ? 1 : 0);
    }

    private NDArray repeated(Weights languageModelWeights, long[] ids, int rows) {
        long[] repeated = new long[ids.length * rows];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(ids, 0, repeated, row * ids.length, ids.length);
        }
        NDArray tokens = constants.manager().create(repeated, new Shape(rows, ids.length));
        return languageModel.embed(languageModelWeights, tokens);
    }

    /** Unit vectors of pictures. */
    public float[][] embedImages(Weights weights, List<PixelImage> images) {
        List<float[]> vectors = new ArrayList<>(images.size());
        for (List<PixelImage> chunk : chunks(images)) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                NDArray embedding = encodeImages(weights, upload(chunk), false).embedding();
                Collections.addAll(vectors, rows(normalised(embedding)));
            }
        }
        return vectors.toArray(float[][]::new);
    }

    /** Unit vectors of texts. */
    public float[][] embedTexts(Weights weights, List<String> texts) {
        List<float[]> vectors = new ArrayList<>(texts.size());
        for (List<String> chunk : chunks(texts)) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                Collections.addAll(vectors, rows(normalised(encodeTexts(weights, chunk))));
            }
        }
        return vectors.toArray(float[][]::new);
    }

    /**
     * Unit vectors of labels: the templates' unit vectors averaged and brought to length one again.
     *
     * @param templates texts in which {} stands for the label; at least one
     */
    public float[][] embedLabels(Weights weights, List<String> labels, List<String> templates) {
        if (templates.isEmpty()) {
            throw new IllegalArgumentException("labels need at least one template");
        }
        List<String> texts = labels.stream()
                .flatMap(label -> templates.stream().map(template -> template.replace("{}", label)))
                .toList();
        float[][] embedded = embedTexts(weights, texts);
        float[][] vectors = new float[labels.size()][];
        for (int i = 0; i < vectors.length; i++) {
            vectors[i] = unitMean(Arrays.asList(embedded).subList(i * templates.size(), (i + 1) * templates.size()));
        }
        return vectors;
    }

    private static float[] unitMean(List<float[]> vectors) {
        float[] mean = new float[vectors.get(0).length];
        for (float[] vector : vectors) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += vector[i];
            }
        }
        double squares = 0;
        for (float value : mean) {
            squares += (double) value * value;
        }
        float length = (float) Math.max(Math.sqrt(squares), NORM_EPSILON);
        for (int i = 0; i < mean.length; i++) {
            mean[i] /= length;
        }
        return mean;
    }

    /** Splits a list into parts of a size that fits memory. */
    public static <T> List<List<T>> chunks(List<T> all) {
        List<List<T>> chunks = new ArrayList<>();
        for (int from = 0; from < all.size(); from += CHUNK) {
            chunks.add(all.subList(from, Math.min(from + CHUNK, all.size())));
        }
        return chunks;
    }

    /** The rows of a matrix. */
    public static float[][] rows(NDArray matrix) {
        int rows = (int) matrix.getShape().get(0);
        float[] flat = matrix.toFloatArray();
        float[][] result = new float[rows][];
        int width = rows == 0 ? 0 : flat.length / rows;
        for (int row = 0; row < rows; row++) {
            result[row] = Arrays.copyOfRange(flat, row * width, (row + 1) * width);
        }
        return result;
    }
}
