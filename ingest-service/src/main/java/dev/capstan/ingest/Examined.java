package dev.capstan.ingest;

/** What becomes of a crawled record once it is examined by itself. */
sealed interface Examined permits Candidate, Routed {}
