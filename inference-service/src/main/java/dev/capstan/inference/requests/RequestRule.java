package dev.capstan.inference.requests;

import java.util.List;
import java.util.Optional;

/**
 * One thing that a request must not get wrong.
 *
 * @param <R> the record class of the request
 */
@FunctionalInterface
interface RequestRule<R> {
    /** Why the request is refused, or empty. */
    Optional<Rejection> check(R request);

    /** The first refusal of a list of rules. */
    static <R> Optional<Rejection> first(List<RequestRule<R>> rules, R request) {
        for (RequestRule<R> rule : rules) {
            Optional<Rejection> rejection = rule.check(request);
            if (rejection.isPresent()) {
                return rejection;
            }
        }
        return Optional.empty();
    }
}
