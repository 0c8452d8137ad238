package dev.capstan.local.evaluation;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is measured, on what.
 *
 * @param data directory or file
 * @param format of the data
 * @param images directory of the pictures, where the data only names them
 * @param probeTraining pictures with classes that the linear probe learns from, in the same format; empty to learn from
 *     four fifths of each class of the data
 * @param tasks at least one
 * @param limit most pictures
 * @param labels classes of the zero-shot task; empty for those that the data has
 * @param templates texts in which {} stands for a class; at least one
 * @param captionTokens most tokens of a caption
 * @param shift change of every picture before it is measured
 * @param wordCategories categories of words whose recall is measured; empty for Capstan's own
 * @param captions where each picture's caption and references are written, a JSON object a line; empty for nowhere
 * @param frequencies a frozen table of document frequencies for CIDEr-D; empty for the data's own
 */
public record EvaluationOptions(
        Path data,
        ExampleFormat format,
        Optional<Path> images,
        Optional<Path> probeTraining,
        Set<EvaluationTask> tasks,
        int limit,
        List<String> labels,
        List<String> templates,
        int captionTokens,
        PictureShift shift,
        Optional<Path> wordCategories,
        Optional<Path> captions,
        Optional<Path> frequencies) {
    public EvaluationOptions {
        tasks = Set.copyOf(tasks);
        labels = List.copyOf(labels);
        templates = List.copyOf(templates);
        if (tasks.isEmpty() || limit < 1 || templates.isEmpty() || captionTokens < 1) {
            throw new IllegalArgumentException("an evaluation needs a task, a picture, a template and a token: " + tasks
                    + ", " + limit + ", " + templates + ", " + captionTokens);
        }
    }
}
