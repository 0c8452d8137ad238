package dev.capstan.inference.requests;

import dev.capstan.inference.labels.LabelTexts;
import dev.capstan.schemas.records.ClassifyRequest;
import java.util.List;
import java.util.Optional;

/** What a {@link ClassifyRequest} must not get wrong, in the order in which it is checked. */
final class ClassifyRules {
    private ClassifyRules() {}

    static List<RequestRule<ClassifyRequest>> all(RequestLimits limits) {
        return List.of(
                TextRules.requestId(ClassifyRequest::getRequestId, limits),
                ClassifyRules::labelsOrSet,
                request -> soundName(request, limits),
                ClassifyRules::notEmpty,
                request -> notTooManyLabels(request, limits),
                request -> soundLabels(request, limits),
                request -> soundTemplates(request, limits),
                TextRules.between("top-out-of-bounds", "top", ClassifyRequest::getTop, 1, Integer.MAX_VALUE));
    }

    private static Optional<Rejection> labelsOrSet(ClassifyRequest request) {
        if (request.getLabels() != null && request.getLabelSet() != null) {
            return refuse(
                    "labels-ambiguous",
                    "The request has labels and the label set " + Rejection.quoted(request.getLabelSet())
                            + ". Give one of the two.");
        }
        if (request.getLabels() == null && request.getLabelSet() == null) {
            return refuse("labels-missing", "The request has neither labels nor a labelSet. Give one of the two.");
        }
        return Optional.empty();
    }

    private static Optional<Rejection> soundName(ClassifyRequest request, RequestLimits limits) {
        String name = request.getLabelSet();
        if (name == null || name.length() <= limits.maxTextCharacters()) {
            return Optional.empty();
        }
        return refuse(
                "label-set-unknown",
                "No label set has the name " + Rejection.quoted(name) + ": names have at most "
                        + limits.maxTextCharacters() + " characters.");
    }

    private static Optional<Rejection> notEmpty(ClassifyRequest request) {
        List<String> labels = request.getLabels();
        if (labels != null && labels.isEmpty()) {
            return refuse("labels-empty", "The list of labels is empty. Give at least one label.");
        }
        return Optional.empty();
    }

    private static Optional<Rejection> notTooManyLabels(ClassifyRequest request, RequestLimits limits) {
        List<String> labels = request.getLabels();
        if (labels == null || labels.size() <= limits.maxLabels()) {
            return Optional.empty();
        }
        return refuse(
                "labels-too-many",
                "The request has " + labels.size() + " labels. Give at most " + limits.maxLabels()
                        + ", or write them to topic labels.sets and name the set.");
    }

    private static Optional<Rejection> soundLabels(ClassifyRequest request, RequestLimits limits) {
        List<String> labels = request.getLabels();
        if (labels == null) {
            return Optional.empty();
        }
        for (String label : labels) {
            if (label.isBlank()) {
                return refuse("label-blank", "A label is blank. Leave it out.");
            }
            if (label.length() > limits.maxTextCharacters()) {
                return refuse(
                        "label-too-long",
                        "The label " + Rejection.quoted(label) + " is too long. Give at most "
                                + limits.maxTextCharacters() + " characters.");
            }
        }
        return Optional.empty();
    }

    private static Optional<Rejection> soundTemplates(ClassifyRequest request, RequestLimits limits) {
        List<String> templates = request.getTemplates();
        if (templates == null) {
            return Optional.empty();
        }
        if (templates.isEmpty()) {
            return refuse(
                    "templates-empty", "The list of templates is empty. Give at least one, or null for the default.");
        }
        if (templates.size() > limits.maxTemplates()) {
            return refuse(
                    "templates-too-many",
                    "The request has " + templates.size() + " templates. Give at most " + limits.maxTemplates()
                            + ", or write a label set with them to topic labels.sets.");
        }
        for (String template : templates) {
            if (!template.contains(LabelTexts.PLACEHOLDER)) {
                return refuse(
                        "template-without-placeholder",
                        "The template " + Rejection.quoted(template) + " lacks " + LabelTexts.PLACEHOLDER
                                + ". Put it where the label belongs.");
            }
            if (template.length() > limits.maxTextCharacters()) {
                return refuse(
                        "template-too-long",
                        "The template " + Rejection.quoted(template) + " is too long. Give at most "
                                + limits.maxTextCharacters() + " characters.");
            }
        }
        return Optional.empty();
    }

    private static Optional<Rejection> refuse(String reason, String detail) {
        return Optional.of(new Rejection(reason, detail));
    }
}
