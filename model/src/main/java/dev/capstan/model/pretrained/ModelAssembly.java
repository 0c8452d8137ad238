package dev.capstan.model.pretrained;

import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelArchitecture.Limber;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.tensors.TensorType;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Makes one model of parts that were published apart: a CLIP, a language model, each with its vocabulary, perhaps another
 * image encoder. What nobody published begins at random: LiMBeR's linear map always, and another image encoder's projection to
 * the space shared with texts.
 */
public final class ModelAssembly {
    private ModelAssembly() {}

    /**
     * Where the image encoder's weights come from.
     */
    public sealed interface ImageWeights {
        /** CLIP's own. */
        record OfClip() implements ImageWeights {}

        /** Those of another encoder, in a directory that {@link PretrainedImageEncoder} reads. */
        record OfDirectory(Path directory) implements ImageWeights {}

        /**
         * Those of a TorchScript file, which cannot be drawn anew.
         *
         * @param size side of the pictures that it wants
         */
        record OfProgram(Path file, int size, List<Float> mean, List<Float> standardDeviation) implements ImageWeights {
            public OfProgram {
                mean = List.copyOf(mean);
                standardDeviation = List.copyOf(standardDeviation);
            }
        }
    }

    /**
     * @param clip directory of CLIP or SigLIP with its vocabulary
     * @param languageModel directory of a language model with its tokenizer
     * @param images where the image encoder comes from
     * @param untrained whether the image encoder's weights are drawn anew, as in the paper's baselines
     */
    public record Parts(Path clip, Path languageModel, ImageWeights images, boolean untrained) {}

    /**
     * Puts the parts together. Values that need no rearrangement stay in their mapped files.
     *
     * @param limber how image features reach the language model
     * @param random of what begins at random
     * @throws WeightsFormatException naming the file and the fault, or the tensors that are missing, unexpected or do not fit
     */
    public static ModelBundle assemble(Parts parts, Limber limber, RandomGenerator random) throws IOException {
        PretrainedClip clip = PretrainedClip.read(parts.clip());
        PretrainedLanguageModel languageModel = PretrainedLanguageModel.read(parts.languageModel());
        PretrainedTokenizer texts = PretrainedTokenizer.ofTexts(parts.clip(), clip.text());
        PretrainedTokenizer captions =
                PretrainedTokenizer.ofCaptions(parts.languageModel(), languageModel.architecture());
        Optional<PretrainedImageEncoder> other = parts.images() instanceof ImageWeights.OfDirectory directory
                ? Optional.of(PretrainedImageEncoder.read(directory.directory()))
                : Optional.empty();
        Optional<TorchScriptProgram> program = Optional.empty();
        if (parts.images() instanceof ImageWeights.OfProgram of) {
            if (parts.untrained()) {
                throw new IllegalArgumentException(
                        "the weights of a TorchScript program cannot be drawn anew: export the"
                                + " encoder with random weights");
            }
            program = Optional.of(TorchScriptProgram.read(of.file(), of.size(), of.mean(), of.standardDeviation()));
        }
        ModelArchitecture.ImageEncoder image = clip.image();
        if (program.isPresent()) {
            image = program.get().architecture();
        } else if (other.isPresent()) {
            image = other.get().architecture();
        }
        ModelArchitecture architecture = architecture(clip, image, languageModel, texts, captions, limber);

        List<TensorValue> tensors = new ArrayList<>(languageModel.weights().tensorValues());
        for (TensorValue tensor : clip.weights().tensorValues()) {
            boolean ofImages = tensor.name().startsWith(ParameterCatalog.IMAGE_ENCODER);
            if (!ofImages || (parts.images() instanceof ImageWeights.OfClip && !parts.untrained())) {
                tensors.add(tensor);
            }
        }
        if (other.isPresent() && !parts.untrained()) {
            tensors.addAll(other.get().weights().tensorValues());
        }
        Set<String> present = new HashSet<>();
        tensors.forEach(tensor -> present.add(tensor.name()));
        for (ParameterSpec spec : ParameterCatalog.of(architecture).values()) {
            if (!present.contains(spec.name())) {
                tensors.add(TensorValue.ofFloats(spec.name(), spec.dimensions(), spec.draw(random)));
            }
        }
        tensors.add(TensorValue.ofBytes(ParameterCatalog.TOKENIZER, texts.json()));
        tensors.add(TensorValue.ofBytes(ParameterCatalog.LANGUAGE_MODEL_TOKENIZER, captions.json()));
        program.ifPresent(script -> tensors.add(new TensorValue(
                ParameterCatalog.IMAGE_PROGRAM,
                TensorType.U8,
                new long[] {script.content().remaining()},
                script.content())));
        return new ModelBundle(architecture, tensors);
    }

    private static ModelArchitecture architecture(
            PretrainedClip clip,
            ModelArchitecture.ImageEncoder image,
            PretrainedLanguageModel languageModel,
            PretrainedTokenizer texts,
            PretrainedTokenizer captions,
            Limber limber)
            throws WeightsFormatException {
        try {
            ModelArchitecture architecture = new ModelArchitecture(
                    clip.embeddingDimension(),
                    image,
                    clip.text(),
                    languageModel.architecture(),
                    limber,
                    texts.special(),
                    Optional.of(captions.special()));
            int context = languageModel.architecture().contextLength();
            if (architecture.softPromptLength() >= context) {
                throw new WeightsFormatException(
                        "the soft prompt of " + architecture.softPromptLength()
                                + " positions leaves the language model, whose context has " + context
                                + ", no room for a caption: let the linear map read a pooled feature, or write fewer soft tokens");
            }
            return architecture;
        } catch (IllegalArgumentException e) {
            throw new WeightsFormatException("the parts do not fit each other: " + e.getMessage(), e);
        }
    }
}
