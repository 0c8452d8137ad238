package dev.capstan.ingest.filter;

import java.util.List;
import java.util.Optional;

/**
 * One reason to refuse a pair. Rules hold nothing but their limits; any thread may ask.
 *
 * @param <S> what the rule looks at
 */
interface Rule<S> {

    /** Keeps the subject or says why not. */
    Verdict judge(S subject);

    /** Asks the rules in their order and stops at the first that refuses. */
    static <S> Optional<Verdict.Refusal> firstRefusal(List<Rule<S>> rules, S subject) {
        for (Rule<S> rule : rules) {
            Optional<Verdict.Refusal> refusal = rule.judge(subject).refusal();
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        return Optional.empty();
    }
}
