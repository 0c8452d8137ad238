package dev.capstan.local.command;

import dev.capstan.local.evaluation.ExampleFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which pictures with texts a command on a model reads. */
final class ExampleOptions {
    @Option(
            names = "--data",
            required = true,
            paramLabel = "PATH",
            description = "Directory of pictures, webdataset .tar, .json of COCO or NoCaps captions, or .tsv of CC3M.")
    private Path data = Path.of("");

    @Option(
            names = "--format",
            defaultValue = "AUTO",
            description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private ExampleFormat format = ExampleFormat.AUTO;

    @Option(
            names = "--images",
            paramLabel = "DIR",
            description = "Where the pictures lie that an annotation file names.")
    private Optional<Path> images = Optional.empty();

    /**
     * The data.
     *
     * @throws CommandException if there is none
     */
    Path data() {
        if (!Files.exists(data)) {
            throw new CommandException(ExitCodes.USAGE, "There is no " + data + ": give --data a directory or a file");
        }
        return data;
    }

    ExampleFormat format() {
        return format;
    }

    Optional<Path> images() {
        return images;
    }
}
