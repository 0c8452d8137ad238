package dev.capstan.inference.requests;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/** Rules that both kinds of requests share. */
final class TextRules {
    private TextRules() {}

    static <R> RequestRule<R> requestId(Function<R, String> field, RequestLimits limits) {
        return request -> {
            String id = field.apply(request);
            if (id.isBlank()) {
                return Optional.of(new Rejection(
                        "request-id-invalid", "The requestId is blank. Give one that you can tell the answer by."));
            }
            if (id.length() > limits.maxTextCharacters()) {
                return Optional.of(new Rejection(
                        "request-id-invalid",
                        "The requestId " + Rejection.quoted(id) + " is too long. Give at most "
                                + limits.maxTextCharacters() + " characters."));
            }
            return Optional.empty();
        };
    }

    static <R> RequestRule<R> between(String reason, String name, ToIntFunction<R> field, int minimum, int maximum) {
        return request -> {
            int value = field.applyAsInt(request);
            if (value >= minimum && value <= maximum) {
                return Optional.empty();
            }
            return Optional.of(new Rejection(
                    reason, name + " is " + value + ". Give a number from " + minimum + " to " + maximum + "."));
        };
    }
}
