package dev.capstan.ingest.balance;

import org.jspecify.annotations.Nullable;

/** Where the counts of concepts are kept. */
public interface ConceptCounts {

    /** The count of a concept, or null if it never had one. */
    @Nullable
    DecayedCount get(String concept);

    void put(String concept, DecayedCount count);
}
