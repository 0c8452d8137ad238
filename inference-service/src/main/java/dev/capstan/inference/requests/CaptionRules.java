package dev.capstan.inference.requests;

import dev.capstan.schemas.records.CaptionRequest;
import java.util.List;
import java.util.Optional;

/** What a {@link CaptionRequest} must not get wrong, in the order in which it is checked. */
final class CaptionRules {
    private CaptionRules() {}

    static List<RequestRule<CaptionRequest>> all(RequestLimits limits) {
        return List.of(
                TextRules.requestId(CaptionRequest::getRequestId, limits),
                TextRules.between(
                        "max-tokens-out-of-bounds", "maxTokens", CaptionRequest::getMaxTokens, 1, limits.maxTokens()),
                TextRules.between("beams-out-of-bounds", "beams", CaptionRequest::getBeams, 1, limits.maxBeams()),
                request -> soundPrompt(request, limits));
    }

    private static Optional<Rejection> soundPrompt(CaptionRequest request, RequestLimits limits) {
        String prompt = request.getPrompt();
        if (prompt == null) {
            return Optional.empty();
        }
        if (prompt.isBlank()) {
            return Optional.of(
                    new Rejection("prompt-blank", "The prompt is blank. Give one, or null for the model's own."));
        }
        if (prompt.length() > limits.maxTextCharacters()) {
            return Optional.of(new Rejection(
                    "prompt-too-long",
                    "The prompt " + Rejection.quoted(prompt) + " is too long. Give at most "
                            + limits.maxTextCharacters() + " characters."));
        }
        return Optional.empty();
    }
}
