package dev.capstan.local.command;

import dev.capstan.corpora.EmojiPackages;
import java.nio.file.Path;

/** Places in the project that the launcher names. */
final class ProjectPaths {
    private ProjectPaths() {}

    /** The directory that the launcher stands in, or the working directory. */
    static Path root() {
        return Path.of(System.getProperty("capstan.root", "")).toAbsolutePath();
    }

    /** The weights that come with the repository. */
    static Path baseWeights() {
        return root().resolve("demo").resolve("base-model");
    }

    /** Where fetched packages are kept. */
    static Path packages() {
        return EmojiPackages.directoryIn(root());
    }
}
