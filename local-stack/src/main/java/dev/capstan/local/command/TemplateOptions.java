package dev.capstan.local.command;

import dev.capstan.local.evaluation.PromptTemplates;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Texts that a label or class is put into before a model reads it. */
final class TemplateOptions {
    @Option(
            names = "--template",
            paramLabel = "TEXT",
            description = "Text in which {} stands for a label; may be given again.")
    private List<String> templates = List.of();

    @Option(
            names = "--templates",
            paramLabel = "FILE",
            description =
                    "An ensemble of templates, one a line with {} for the label; lines that begin with # are left out.")
    private Optional<Path> file = Optional.empty();

    @Option(names = "--ensemble", description = "The ensemble of templates for photographs that comes with Capstan.")
    private boolean ensemble;

    /**
     * The templates, or empty where none were given.
     *
     * @throws CommandException if they come in two ways, the file cannot be read, or one has no {}
     */
    Optional<List<String>> chosen() {
        int ways = (templates.isEmpty() ? 0 : 1) + (file.isPresent() ? 1 : 0) + (ensemble ? 1 : 0);
        if (ways > 1) {
            throw new CommandException(ExitCodes.USAGE, "Give one of --template, --templates and --ensemble");
        }
        if (ensemble) {
            return Optional.of(PromptTemplates.ensemble());
        }
        try {
            if (file.isPresent()) {
                return Optional.of(PromptTemplates.read(file.get()));
            }
            return templates.isEmpty() ? Optional.empty() : Optional.of(PromptTemplates.of(templates));
        } catch (IOException e) {
            throw new CommandException(ExitCodes.USAGE, "--templates: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitCodes.USAGE, "--template: " + e.getMessage());
        }
    }
}
