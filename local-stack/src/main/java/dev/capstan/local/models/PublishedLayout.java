package dev.capstan.local.models;

import dev.capstan.model.ModelBundle;
import dev.capstan.model.pretrained.ImportReport;
import dev.capstan.model.pretrained.PretrainedClip;
import dev.capstan.model.pretrained.PretrainedImageEncoder;
import dev.capstan.model.pretrained.PretrainedLanguageModel;
import dev.capstan.model.pretrained.PretrainedTokenizer;
import dev.capstan.model.pretrained.PretrainedWeights;
import dev.capstan.model.pretrained.PublishedKind;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What Hugging Face, open_clip or timm publish: one part of a model, under its maker's names. */
final class PublishedLayout implements ModelLayout {
    private final PublishedKind kind;

    PublishedLayout(PublishedKind kind) {
        this.kind = kind;
    }

    /**
     * A part with what its directory says.
     *
     * @param tokenizerFault why its vocabulary cannot be used; empty where it can, or none is needed
     */
    private record Part(PretrainedWeights weights, String configuration, Optional<String> tokenizerFault) {}

    /** Reads a vocabulary, only to see whether it can be. */
    @FunctionalInterface
    private interface Vocabulary {
        PretrainedTokenizer read() throws IOException;
    }

    @Override
    public String name() {
        return switch (kind) {
            case CLIP -> "CLIP";
            case LANGUAGE_MODEL -> "language model";
            case IMAGE_ENCODER -> "image encoder";
        };
    }

    @Override
    public boolean recognises(Path directory) throws IOException {
        return PublishedKind.of(directory).equals(Optional.of(kind));
    }

    @Override
    public ModelInspection inspect(Path directory) throws IOException {
        Part part = part(directory);
        ImportReport report = part.weights().report();
        List<String> wrong = new ArrayList<>(report.misfits());
        wrong.addAll(part.weights().damages());
        part.tokenizerFault().ifPresent(wrong::add);
        List<String> ignored = new ArrayList<>();
        for (Path pickle : ModelLayouts.pickles(directory)) {
            ignored.add(ModelLayouts.ignored(pickle));
        }
        report.ignored().forEach(tensor -> ignored.add(tensor + ": follows from the configuration"));
        return new ModelInspection(
                report.format(),
                part.configuration(),
                part.weights().published().stream()
                        .map(ModelInspection.FoundTensor::of)
                        .sorted((left, right) -> left.name().compareTo(right.name()))
                        .toList(),
                report.missing().stream().sorted().toList(),
                report.unexpected(),
                wrong,
                ignored);
    }

    private Part part(Path directory) throws IOException {
        return switch (kind) {
            case CLIP -> {
                PretrainedClip clip = PretrainedClip.read(directory);
                yield new Part(
                        clip.weights(),
                        clip.configuration(),
                        fault(() -> PretrainedTokenizer.ofTexts(directory, clip.text())));
            }
            case LANGUAGE_MODEL -> {
                PretrainedLanguageModel model = PretrainedLanguageModel.read(directory);
                yield new Part(
                        model.weights(),
                        model.configuration(),
                        fault(() -> PretrainedTokenizer.ofCaptions(directory, model.architecture())));
            }
            case IMAGE_ENCODER -> {
                PretrainedImageEncoder encoder = PretrainedImageEncoder.read(directory);
                yield new Part(encoder.weights(), encoder.configuration(), Optional.empty());
            }
        };
    }

    private static Optional<String> fault(Vocabulary vocabulary) throws IOException {
        try {
            PretrainedTokenizer unused = vocabulary.read();
            return Optional.empty();
        } catch (WeightsFormatException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public ModelBundle read(Path directory) throws IOException {
        throw new WeightsFormatException(directory + " is one part of a model, a published " + name()
                + ". Put CLIP and a language model together first: capstan model import CLIP_DIR --language-model LM_DIR"
                + " --output MODEL_DIR");
    }
}
