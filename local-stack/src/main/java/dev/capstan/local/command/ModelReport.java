package dev.capstan.local.command;

import dev.capstan.local.models.ModelInspection;
import dev.capstan.local.models.ModelLayout;
import dev.capstan.local.models.ModelLayouts;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;

/** What the commands on directories of weights have in common: a bad directory is one clear sentence. */
final class ModelReport {
    private ModelReport() {}

    static ModelLayout layout(Path directory) throws IOException {
        try {
            return ModelLayouts.of(directory);
        } catch (WeightsFormatException e) {
            throw refused(e);
        }
    }

    static ModelInspection inspect(ModelLayout layout, Path directory) throws IOException {
        try {
            return layout.inspect(directory);
        } catch (WeightsFormatException e) {
            throw refused(e);
        }
    }

    static ModelBundle read(Path directory) throws IOException {
        try {
            return ModelLayouts.of(directory).read(directory);
        } catch (WeightsFormatException e) {
            throw refused(e);
        }
    }

    /** Refuses, in a sentence, what a trainer could not import. */
    static void requireReadable(Path directory) throws IOException {
        ModelBundle unused = read(directory);
    }

    /** What is done with weights and data, and may fail for the fault of either. */
    interface Work<T> {
        T run() throws IOException;
    }

    /** Does it; a fault of the weights, the data or an option becomes a sentence with its exit code. */
    static <T> T inSentences(Work<T> work) {
        try {
            return work.run();
        } catch (WeightsFormatException e) {
            throw refused(e);
        } catch (IOException e) {
            throw new CommandException(ExitCodes.FAILED, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitCodes.USAGE, String.valueOf(e.getMessage()));
        }
    }

    static CommandException refused(WeightsFormatException e) {
        return new CommandException(ExitCodes.REFUSED, String.valueOf(e.getMessage()));
    }

    static void summary(ModelInspection inspection, PrintWriter out) {
        out.printf(
                "layout %s: %d tensors, %,d parameters, %,d bytes%n",
                inspection.layout(), inspection.tensors().size(), inspection.parameters(), inspection.bytes());
    }
}
