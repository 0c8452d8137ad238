package dev.capstan.local.models;

import dev.capstan.model.ModelBundle;
import java.io.IOException;
import java.nio.file.Path;

/** One way to lay a model out in a directory. Another layout is another class, named in {@link ModelLayouts}. */
public interface ModelLayout {
    /** Name for people. */
    String name();

    /** Whether a directory looks like this layout, by its files' names and the kind that its configuration names. */
    boolean recognises(Path directory) throws IOException;

    /**
     * Checks everything that can be checked without a forward pass.
     *
     * @throws dev.capstan.model.tensors.WeightsFormatException if a file cannot be read at all, naming it and the fault
     */
    ModelInspection inspect(Path directory) throws IOException;

    /**
     * Reads the model.
     *
     * @throws dev.capstan.model.tensors.WeightsFormatException naming the fault, or what a part of a model lacks
     */
    ModelBundle read(Path directory) throws IOException;
}
