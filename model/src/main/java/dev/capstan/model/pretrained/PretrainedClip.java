package dev.capstan.model.pretrained;

import dev.capstan.model.ModelArchitecture.ImageEncoder;
import dev.capstan.model.ModelArchitecture.TextEncoder;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A CLIP model as Hugging Face ({@code config.json}) or open_clip ({@code open_clip_config.json}) publish it.
 *
 * @param embeddingDimension width of the space that images and texts share
 * @param image the image encoder's architecture
 * @param text the text encoder's architecture
 * @param weights what the files hold
 */
public record PretrainedClip(int embeddingDimension, ImageEncoder image, TextEncoder text, PretrainedWeights weights) {
    /** The encoders alone, as a configuration would have them. */
    private record Description(int embeddingDimension, ImageEncoder image, TextEncoder text) {}

    /** The architecture as JSON, for people. */
    public String configuration() {
        return HuggingFace.describe(new Description(embeddingDimension, image, text));
    }

    /**
     * Reads configuration and headers; the values stay in the mapped files.
     *
     * @throws WeightsFormatException naming the file and the fault. Missing and unexpected tensors are no fault here but
     *     lines of the report
     */
    public static PretrainedClip read(Path directory) throws IOException {
        boolean both = Files.exists(directory.resolve(HuggingFace.CONFIG)) && !OpenClipReader.hasWeights(directory);
        if (Files.exists(directory.resolve(OpenClipReader.CONFIG)) && !both) {
            return OpenClipReader.read(directory);
        }
        if (Files.exists(directory.resolve(HuggingFace.CONFIG))) {
            return HuggingFaceClipReader.read(directory);
        }
        throw new WeightsFormatException(
                directory + " has neither " + OpenClipReader.CONFIG + " nor " + HuggingFace.CONFIG);
    }
}
