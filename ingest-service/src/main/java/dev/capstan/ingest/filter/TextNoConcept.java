package dev.capstan.ingest.filter;

import java.util.List;

/**
 * The text names no concept of the list.
 *
 * @param listSize how many the list has
 */
record TextNoConcept(int listSize) implements Rule<List<String>> {
    static final String NAME = "text-no-concept";

    @Override
    public Verdict judge(List<String> listedConcepts) {
        if (!listedConcepts.isEmpty()) {
            return Verdict.KEEP;
        }
        return Verdict.Refusal.of(NAME, 0, 1, "The text names none of the list's " + listSize + " concepts.");
    }
}
