package dev.capstan.local.models;

import dev.capstan.model.pretrained.PublishedKind;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The layouts that can be read, and what is said of directories that cannot. */
public final class ModelLayouts {
    /** What others publish first: a language model's files have the names of ours. */
    private static final List<ModelLayout> ALL = List.of(
            new PublishedLayout(PublishedKind.CLIP),
            new PublishedLayout(PublishedKind.LANGUAGE_MODEL),
            new PublishedLayout(PublishedKind.IMAGE_ENCODER),
            new CapstanLayout());

    private static final List<String> PICKLES = List.of(".bin", ".pt", ".pth", ".ckpt", ".pkl");

    private ModelLayouts() {}

    /**
     * The layout of a directory.
     *
     * @throws WeightsFormatException saying what is wrong with the directory and what to do
     */
    public static ModelLayout of(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new WeightsFormatException(directory + " is no directory");
        }
        for (ModelLayout layout : ALL) {
            if (layout.recognises(directory)) {
                return layout;
            }
        }
        List<Path> pickles = pickles(directory);
        if (!pickles.isEmpty()) {
            throw new WeightsFormatException(
                    pickles.get(0) + " is a pickle, and reading one runs whatever code is in it: "
                            + "convert the weights to safetensors where they are trusted");
        }
        throw new WeightsFormatException(directory
                + " is no model: it should have config.json, tokenizer.json and at least one *.safetensors, or be"
                + " as Hugging Face or open_clip publish a CLIP, a language model or an image encoder");
    }

    static String ignored(Path pickle) {
        return pickle.getFileName() + ": a pickle, which can run code; only safetensors are read";
    }

    /** Files of a format that can run code, which are never opened. */
    static List<Path> pickles(Path directory) throws IOException {
        List<Path> pickles = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
                if (PICKLES.stream().anyMatch(name::endsWith)) {
                    pickles.add(file);
                }
            }
        }
        pickles.sort(null);
        return pickles;
    }
}
